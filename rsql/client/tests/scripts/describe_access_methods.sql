begin;
create schema methods;
set local search_path = methods;
create access method heap_too type table handler heap_tableam_handler;
create table t (a int) using heap_too;
create table u (a int);
create materialized view m using heap_too as select 1 as a;
create index t_a on t (a);
create view v as select 1 as a;
\d+ t
\d+ u
\d+ m
\dt+
\dm+
\di+
\dv+
\dtv+
\set HIDE_TABLEAM on
\d+ t
\dt+
\di+
rollback;
