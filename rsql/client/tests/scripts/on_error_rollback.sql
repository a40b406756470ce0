\set ON_ERROR_ROLLBACK on
begin;
create temp table t (a int);
insert into t values (1);
insert into t values ('x');
insert into t values (2);
commit;
select * from t order by a;
