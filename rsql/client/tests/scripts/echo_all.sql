\set ECHO all
select 1 as a;
\echo hi
select 2
as b;
-- comment
\if false
select 3;
\endif
\set ECHO none
select 4 as d;
