create schema dx_dn_one;
create schema "dx_dn Two";
comment on schema dx_dn_one is 'first';
create role dx_dn_role;
grant usage on schema dx_dn_one to dx_dn_role;
grant usage, create on schema "dx_dn Two" to public;
set client_min_messages = error;
create publication dx_dn_pub for tables in schema dx_dn_one, "dx_dn Two";
create publication dx_dn_another for tables in schema dx_dn_one;
\dn dx_dn*
\dn+ dx_dn*
\dn dx_dn_one
\dn+ dx_dn_one
\dn "dx_dn Two"
\dnS dx_dn_one
\dn pg_catalog
\dnS pg_toast
\dn dev.dx_dn_one
\dn other.dx_dn_one
\dn a.b.c
\dn dx_dn_one extra
\dn nothing
\x
\dn dx_dn_one
\pset footer off
\dn dx_dn_one
drop publication dx_dn_pub, dx_dn_another;
drop schema dx_dn_one, "dx_dn Two";
drop role dx_dn_role;
