\set ON_ERROR_STOP on
select 1 as a;
select 1/0;
\echo not reached
