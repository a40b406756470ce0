-- The data is lost, the tag is told; what follows in the same text goes on.
create temp table t (a int);
insert into t values (1), (2);
copy t to stdout \g /nosuch/f
select 1 as next;
copy t to stdout \; select 5 \g /nosuch/f
select 4 \; copy t to stdout \g /nosuch/f
copy t to stdout \; copy t to stdout \g /nosuch/f
insert into t values (5) \g /nosuch/f
\set ON_ERROR_STOP on
copy t to stdout \g /nosuch/f
\echo not reached
