-- which statements are shown in portions, and what scripts learn
\set FETCH_COUNT 2
create temp view v as select n, repeat('x', n * 3) as t from generate_series(1, 5) n;
table v;
with w as (select * from v) select * from w;
(select * from v);
values (1, 'a'), (2, 'bbbbbb'), (3, 'cccccccccc');
/* comment */ select * from v;
-- comment
select * from v;
insert into pg_temp.none select 1;
create temp table t (a text);
insert into t select t from v returning a;
select t from v \gset
select t from v limit 1 \gset x_
\echo :x_t
select t from v where false \gset
select 'select ' || quote_literal(t) || ' as made' from v \gexec
select t from v \gx
select t from v \g (format=csv)
select t from v \g out.txt
\! cat out.txt
select t from v \g | cat
\o out.txt
select * from v;
\o
\! cat out.txt
\x auto
select * from v;
select * from v \g | cat
\pset columns 10
select * from v \g | cat
\x off
begin;
select * from v;
commit;
\set AUTOCOMMIT off
select * from v;
\echo :ERROR :SQLSTATE
commit;
