create schema dx_sfo;
create function dx_sfo.f() returns int language sql as 'select 1';
create view dx_sfo.v as select 1 as a;
\o sf.out
\sf dx_sfo.f
\sf+ dx_sfo.f
\sv dx_sfo.v
\o
\! cat sf.out
\o |tr a-z A-Z
\sv+ dx_sfo.v
\o
\set name dx_sfo.f
\sf :name
\sf dx_sfo.f \\ \echo same line
drop schema dx_sfo cascade;
