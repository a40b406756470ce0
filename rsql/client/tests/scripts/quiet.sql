\set QUIET on
create temp table t (a int);
insert into t values (1);
\timing on
\timing off
select * from t;
