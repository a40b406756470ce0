begin;
\sf nothing
select 1;
\sf now
rollback;
begin;
\sf now
commit;
\set ON_ERROR_STOP on
\sf now
\sf nothing
\echo not reached
