-- What Redshift's documentation says of users, databases, schemas, functions and privileges, in the schema redshift, which the
-- sessions search before pg_catalog.
create schema redshift;

create table redshift.svv_user_info (user_name text, user_id int, createdb boolean, superuser boolean, catalog_update boolean, connection_limit text, syslog_access text);
insert into redshift.svv_user_info values
  ('rdsdb', 1, true, true, true, 'UNLIMITED', 'UNRESTRICTED'), ('loader', 101, false, false, false, '5', 'RESTRICTED'),
  ('analyst', 102, false, false, false, '0', 'RESTRICTED'), ('one', 103, true, false, false, '1', 'RESTRICTED');
create table redshift.pg_user (usename name, usesysid int, usecreatedb boolean, usesuper boolean, usecatupd boolean, passwd text, valuntil timestamptz, useconfig text[]);
insert into redshift.pg_user values
  ('rdsdb', 1, true, true, true, '********', 'infinity', null), ('loader', 101, false, false, false, '********', '2030-01-02 03:04:05+00', '{search_path=lake,query_group=load}'),
  ('analyst', 102, false, false, false, '********', null, null), ('one', 103, true, false, false, '********', null, '{statement_timeout=1000}');
create table redshift.pg_group (groname name, grosysid int, grolist int[]);
insert into redshift.pg_group values ('loaders', 100, '{101,103}'), ('empty', 101, null), ('readers', 102, '{102,103}');
create view redshift.pg_database as select oid, datname, case datname when 'template1' then '{wlm_query_slot_count=2}'::text[] end as datconfig from pg_catalog.pg_database;
create table redshift.svv_user_grants (user_id int, user_name text, role_id int, role_name text, admin_option boolean);
insert into redshift.svv_user_grants values (101, 'loader', 7, 'sys:operator', false), (102, 'analyst', 8, 'readers', false), (102, 'analyst', 9, 'auditors', true);
create table redshift.svv_redshift_databases (database_name varchar(128), database_owner int, database_type varchar(32), database_acl varchar(128), database_options varchar(128), database_isolation_level varchar(128));
insert into redshift.svv_redshift_databases values (current_database(), 1, 'local', null, null, 'Serializable'), ('template1', 1, 'local', null, null, 'Snapshot Isolation');
create view redshift.pg_database_info as select oid as datid, 'UNLIMITED'::text as datconnlimit from pg_database;
create table redshift.svv_external_schemas (esoid oid, eskind smallint, schemaname name, esowner int, databasename text, esoptions text);
insert into redshift.svv_external_schemas values
  (100133, 1, 'lake', 101, 'clicks', '{"IAM_ROLE":"arn:aws:iam::123456789012:role/mySpectrumRole"}'), (100134, 10, 'stream', 104, null, '{}');
create schema lake;
grant usage on schema lake to public;
comment on schema lake is 'Spectrum';
create table redshift.svv_external_tables (redshift_database_name text, schemaname text, tablename text, tabletype text, location text, input_format text, output_format text, serialization_lib text, serde_parameters text, compressed int, parameters text);
insert into redshift.svv_external_tables values
  (current_database(), 'lake', 'clicks', 'TABLE', 's3://bucket/clicks/', 'TextInputFormat', 'TextOutputFormat', 'LazySimpleSerDe', '{"field.delim":"\t"}', 0, '{}'),
  (current_database(), 'lake', 'views', 'TABLE', 's3://bucket/views/', 'ParquetInputFormat', '', '', '', 0, ''),
  ('elsewhere', 'lake', 'not_here', 'TABLE', '', '', '', '', '', 0, '');

create function public.f_plain(a int, b text) returns text language sql stable as 'select $2';
create function public.f_none() returns int language sql immutable as 'select 1';
create procedure public.sp_load(inout day date, n int) language plpgsql as $$ begin day := day + n; end $$;
create procedure public."Odd sp"() language plpgsql as $$ begin end $$;
create aggregate public.total (int) (sfunc = int4pl, stype = int);
comment on function public.f_plain(int, text) is 'Takes the second';
create view redshift.pg_proc_info as select oid as prooid, * from pg_catalog.pg_proc where pronamespace = 'public'::regnamespace or proname in ('lower', 'count');
create function redshift.show_procedure(text) returns text language sql as $$ select 'CREATE OR REPLACE PROCEDURE ' || $1 || E'\n LANGUAGE plpgsql\nAS $_$ begin end $_$\n' $$;
create function redshift.show_view(text) returns text language sql as $$
  select case $1
    when 'public.v_late' then 'create view public.v_late as select 1 as a from lake.clicks with no schema binding;'
    when 'public."V odd"' then 'SELECT 1 AS a;'
    else 'SELECT sales.a FROM sales;'
  end $$;

create table public.sales (a int, b text);
create view public.v_sales as select a from public.sales;
create view public.v_late as select 1 as a;
create view public."V odd" as select 1 as a;
grant select on public.sales to public;
grant select (a), update (b) on public.sales to public;
create view redshift.pg_attribute_info as select attrelid, attname, attnum, attisdropped, attacl from pg_catalog.pg_attribute;
create table redshift.pg_default_acl (defacluser int, defaclnamespace oid, defaclobjtype "char", defaclacl aclitem[]);
insert into redshift.pg_default_acl values
  (10, 0, 'r', '{=r/pg_monitor}'), (10, 'public'::regnamespace, 'f', '{=X/pg_monitor}'), (10, 'public'::regnamespace, 'p', '{=X/pg_monitor,pg_monitor=X/pg_monitor}');
