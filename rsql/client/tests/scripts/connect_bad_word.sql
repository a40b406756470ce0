\echo before
\c 'host=a b'
\conninfo
\echo :DBNAME :USER
select 1;
\c postgres
select 2;
