begin;
select 1/0;
\dT int
\du nothing
\dFp+ nothing
\l nothing
rollback;
\set AUTOCOMMIT off
\dT int
select 1 as a;
\dT int
rollback;
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK on
begin;
\dT int
select 1/0;
\dT int
commit;
