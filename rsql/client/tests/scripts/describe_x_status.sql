select 1/0;
\echo :ERROR :SQLSTATE :ROW_COUNT
\dT int
\echo :ERROR :SQLSTATE :ROW_COUNT
create temp table t as select 1 as a union select 2;
update t set a = a;
\dFp
\echo :ERROR :SQLSTATE :ROW_COUNT
\df+ a.b.c.d
\echo :ERROR :SQLSTATE :ROW_COUNT
