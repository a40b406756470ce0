\c
select current_database() = :'DBNAME';
\c -
\c postgres
\echo :DBNAME
\c 'dbname=postgres'
\c -reuse-previous=on 'dbname=postgres application_name=x'
show application_name;
\c -
show application_name;
\c -reuse-previous=off postgres
\c -reuse-previous=maybe postgres
\c 'dbname=postgres' - 127.0.0.1
\c 'dbname=postgres' etl
\c 'dbname='
select 'still here';
\connect postgres
\conninfo
\c - - localhost
\conninfo
\c -reuse-previous=on 'hostaddr=127.0.0.1'
\conninfo
begin;
\c -
commit;
\encoding latin1
\encoding
\c -
\encoding
\encoding nosuch
\encoding
