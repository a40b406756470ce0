-- A database that answers as Redshift's catalog does, for what rsql asks it: PostgreSQL's own catalog where both agree, and in
-- the schema redshift, which the sessions search before pg_catalog, what Redshift's documentation says of the rest.
create schema redshift;

create table public.customer (id bigint not null default 42, name varchar(100), region char(2) default 'EU', primary key (id), unique (name));
create table public.sales (
  sale_id int not null, customer_id bigint references public.customer, sold_at timestamp not null, price numeric(8,2),
  constraint sales_key primary key (sale_id, customer_id)
);
create table public.events (at timestamp, kind varchar(20), place int);
create table public.tiny (a int);
create schema lake_local;
create table lake_local.hidden (a int);
comment on table public.sales is 'What was sold';
comment on column public.sales.price is 'In euros';
create view public.v_sales as select sale_id, price from public.sales where price > 1;
create view public.v_late as select 1 as nothing_of_this;
create view public.mv_sales as select customer_id, sum(price) as total from public.sales group by 1;
create sequence public.counting;

create view redshift.pg_attribute as
  select attrelid, attname, atttypid, atttypmod, attnum, attnotnull, attisdropped,
    case attname when 'id' then 0 when 'price' then 26 else 8 end::int2 as attencodingtype,
    attrelid = 'public.sales'::regclass and attname = 'customer_id' as attisdistkey,
    case
      when attrelid = 'public.sales'::regclass and attname = 'sold_at' then 1
      when attrelid = 'public.sales'::regclass and attname = 'sale_id' then 2
      when attrelid = 'public.events'::regclass and attname = 'at' then 1
      when attrelid = 'public.events'::regclass and attname = 'kind' then -2
      else 0
    end as attsortkeyord
  from pg_catalog.pg_attribute;
create function redshift.format_encoding(integer) returns char(32) language sql immutable as
  $$ select case $1 when 0 then 'none' when 26 then 'az64' else 'lzo' end $$;
create function redshift.pg_get_expr(pg_node_tree, oid) returns text language sql stable as
  $$ select case pg_catalog.pg_get_expr($1, $2) when '42' then '"identity"(100123, 0, ''1,1''::text)' else pg_catalog.pg_get_expr($1, $2) end $$;
create function redshift.pg_get_viewdef(oid) returns text language sql stable as $$
  select case $1
    when 'public.v_late'::regclass then 'create view v_late as select day, sum(price) from lake.clicks group by 1 with no schema binding;'
    when 'public.mv_sales'::regclass then 'CREATE MATERIALIZED VIEW mv_sales AUTO REFRESH YES AS select customer_id, sum(price) as total from sales group by 1;'
    else pg_catalog.pg_get_viewdef($1)
  end $$;
create function redshift.pg_get_userbyid(oid) returns name language sql as $$ select 'awsuser'::name $$;
create function redshift.pg_get_late_binding_view_cols() returns setof record language sql stable as $$
  values ('public'::name, 'v_late'::name, 'day'::name, 'date'::varchar, 1),
         ('public', 'v_late', 'sum', 'numeric(38,2)', 2),
         ('other', 'v_late', 'not this one', 'integer', 1) $$;
create table redshift.pg_class_info as
  select oid as reloid, relname,
    case relname when 'customer' then 8 when 'sales' then 1 when 'events' then 0 else 9 end as reldiststyle,
    case relname when 'customer' then 8 when 'sales' then 1 when 'events' then 0 else 10 end as releffectivediststyle
  from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace;
create table redshift.svv_mv_info (database_name char(128), schema_name char(128), user_name char(128), name char(128), is_stale char(1), state int, autorewrite char(1), autorefresh char(1));
insert into redshift.svv_mv_info values (current_database(), 'public', 'awsuser', 'mv_sales', 't', 1, 't', 't'), ('elsewhere', 'public', 'awsuser', 'mv_sales', 'f', 101, 'f', 'f');
create table redshift.svv_external_tables (redshift_database_name text, schemaname text, tablename text, tabletype text, location text, input_format text, output_format text, serialization_lib text, serde_parameters text, compressed int, parameters text);
insert into redshift.svv_external_tables values
  (current_database(), 'lake', 'clicks', 'TABLE', 's3://bucket/clicks/', 'org.apache.hadoop.mapred.TextInputFormat', 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat', 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', '{"field.delim":"\t"}', 0, '{"numRows":"170000"}'),
  (current_database(), 'federated', 'orders', '', '', '', '', '', '', 0, ''),
  ('elsewhere', 'lake', 'not_here', 'TABLE', '', '', '', '', '', 0, '');
create table redshift.svv_external_columns (redshift_database_name text, schemaname text, tablename text, columnname text, external_type text, columnnum int, part_key int, is_nullable text);
insert into redshift.svv_external_columns values
  (current_database(), 'lake', 'clicks', 'price', 'decimal(8,2)', 1, 0, 'true'),
  (current_database(), 'lake', 'clicks', 'country', 'varchar(2)', 3, 2, ''),
  (current_database(), 'lake', 'clicks', 'day', 'date', 2, 1, ''),
  (current_database(), 'federated', 'orders', 'id', 'integer', 1, 0, 'false');
