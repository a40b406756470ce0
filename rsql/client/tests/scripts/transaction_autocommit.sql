\set AUTOCOMMIT off
create temp table t (a int);
insert into t values (1);
rollback;
select * from t;
rollback;
\set AUTOCOMMIT on
select 1 as a;
