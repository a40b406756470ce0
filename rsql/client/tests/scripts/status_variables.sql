select 1 as a;
\echo :ERROR :SQLSTATE
select 1/0;
\echo :ERROR :SQLSTATE :LAST_ERROR_MESSAGE :LAST_ERROR_SQLSTATE
select 2 as a;
\echo :ERROR :SQLSTATE :LAST_ERROR_MESSAGE :LAST_ERROR_SQLSTATE
create temp table t as select 1 as a;
insert into t values (2), (3);
\echo :ERROR :SQLSTATE :ROW_COUNT
