\echo before
\c -nosuch=x
\conninfo
\echo :DBNAME :USER
select 1;
\c postgres
select 2;
