create schema dx_dpp;
create table dx_dpp.hidden (a int);
\dp hidden
\dp dx_dpp.hidden
\dp *.hidden
\dp pg_catalog.pg_authid
\dp pg_authid
\z information_schema.sql_features
\z pg_catalog.pg_sta*ext
drop schema dx_dpp cascade;
