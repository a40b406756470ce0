\echo before
\c 'sslmode=x'
\conninfo
\echo :DBNAME :USER
select 1;
\c postgres
select 2;
