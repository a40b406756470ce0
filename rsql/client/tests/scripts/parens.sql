select (1; select 2
);
create temp table t (a int, b int);
create rule r as on insert to t do also (select 1; select 2);
insert into t values (1, 2);
