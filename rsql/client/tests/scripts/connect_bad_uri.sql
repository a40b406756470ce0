\echo before
\c postgresql://127.0.0.1?x=1
\conninfo
\echo :DBNAME :USER
select 1;
\c postgres
select 2;
