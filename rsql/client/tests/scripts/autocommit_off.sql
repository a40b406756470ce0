\set AUTOCOMMIT off
select 1 as a;
commit;
create temp table t (a int);
commit;
vacuum;
rollback;
begin;
insert into t values (1);
commit;
discard temp;
select 1/0;
select 2 as b;
rollback;
\set AUTOCOMMIT on
vacuum t;
