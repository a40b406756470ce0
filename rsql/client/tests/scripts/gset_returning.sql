-- Rows of a statement that changes some are followed by its tag, wherever they go.
create temp table t (a int);
insert into t values (1) returning a \gset
\echo :a
insert into t values (1), (2) returning a \gset
update t set a = 2 returning 'select 1' \gexec
delete from t where a = 2 returning 1 \crosstabview
insert into t values (1), (2) returning a, a, a \crosstabview
insert into t values (3) returning a \g | cat
insert into t values (3) returning a \gdesc
