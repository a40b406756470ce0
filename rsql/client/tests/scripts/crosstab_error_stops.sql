\set ON_ERROR_STOP on
select 1,2 \crosstabview
\echo not reached
