create schema dx_rp;
create table dx_rp.one (a int primary key, b int, c text);
create table dx_rp.two (a int);
create table dx_rp."Thr""ee" (a int);
set client_min_messages = error;
create publication dx_rp_empty;
create publication dx_rp_all for all tables with (publish = 'insert, truncate');
create publication dx_rp_tables for table dx_rp.one, only dx_rp.two, dx_rp."Thr""ee" with (publish_via_partition_root);
create publication dx_rp_columns for table dx_rp.one (a, c) where (a > 10 and c is not null), dx_rp.two;
create publication dx_rp_schemas for tables in schema dx_rp, public;
create publication dx_rp_both for table dx_rp.one, tables in schema public;
\dRp dx_rp*
\dRp+ dx_rp*
\dRp dx_rp_all
\dRp+ dx_rp_columns
\dRp nothing
\dRp+ nothing
\echo after
\dRp a.b
\dRp+ a.b
\dRp dx_rp_all extra
\dRpfoo dx_rp_all
\dR
\dRz
\x
\dRp+ dx_rp_both
\x
\t
\dRp+ dx_rp_both
\t
\dn dx_rp
\dn+ dx_rp
\dn dx_r?
\set QUIET on
\dRp+ nothing
\echo after
drop publication dx_rp_empty, dx_rp_all, dx_rp_tables, dx_rp_columns, dx_rp_schemas, dx_rp_both;
drop schema dx_rp cascade;
