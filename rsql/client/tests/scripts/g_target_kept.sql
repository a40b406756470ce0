\! echo kept > keep.txt
select 1/0 \g keep.txt
select 10/(g-3) from generate_series(1,5) g \g keep.txt
select 10/(g-30000) from generate_series(1,30003) g \g keep.txt
select nosuch \g keep.txt
select 10/(g-3) from generate_series(1,5) g \g | cat
\! cat keep.txt
select 1 as a \; select 2 as b \g keep.txt
\! cat keep.txt
select 1 as a \; select 1/0 as b \g keep.txt
\! cat keep.txt
create temp table t (a int) \g keep.txt
\! cat keep.txt
insert into t values (1) returning a \g keep.txt
\! cat keep.txt
select 3 as c \gx keep.txt
\! cat keep.txt
select 4 where false \g keep.txt
\! cat keep.txt
\set FETCH_COUNT 2
select g from generate_series(1,5) g \g keep.txt
\! cat keep.txt
\unset FETCH_COUNT
\pset format unaligned
select g, repeat('x', 100) from generate_series(1,30000) g \g keep.txt
\! cksum keep.txt
select g, repeat('x', 100) from generate_series(1,30000) g \g /nosuch/x
\echo :ERROR
select g, repeat('x', 100) from generate_series(1,30000) g \g | cksum
copy (select 1) to stdout \g keep.txt
\! cat keep.txt
