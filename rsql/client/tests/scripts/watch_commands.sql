create temp sequence s;
create temp table t (a int check (a < 3));
insert into t values (nextval('s')) \watch 0.01
select * from t;
show work_mem;
\p
select 1/0 \watch 0.01 extra
\echo [:ERROR]
