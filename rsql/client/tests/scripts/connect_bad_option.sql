\echo before
\c 'nosuch=1'
\conninfo
\echo :DBNAME :USER
select 1;
\c postgres
select 2;
