create schema dx_sve;
create table dx_sve.t (a int);
create materialized view dx_sve.m as select 1 as a;
create sequence dx_sve.s;
create view dx_sve.v as select 1 as a;
\sv
\sv+
\sv nothing
\sv dx_sve.t
\sv dx_sve.m
\sv dx_sve.s
\sv nothing.nothing
\sv a.b.c.d
\sv dx_sve.v(int)
\sv dx_sve.v;
\sv 'dx_sve.v'
\errverbose
\sv dx_sve.v
\sv pg_catalog.pg_user
drop schema dx_sve cascade;
