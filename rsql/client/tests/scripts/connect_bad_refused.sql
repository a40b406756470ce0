\echo before
\c nosuch
\conninfo
\echo :DBNAME :USER
select 1;
\c postgres
select 2;
