-- FETCH_COUNT: portions of an aligned result, each as wide as it needs
\set FETCH_COUNT 1
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\echo :ERROR :SQLSTATE
\set FETCH_COUNT 2
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\echo :ERROR :SQLSTATE
\set FETCH_COUNT 3
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\echo :ERROR :SQLSTATE
\set FETCH_COUNT 6
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\echo :ERROR :SQLSTATE
\set FETCH_COUNT 7
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\echo :ERROR :SQLSTATE
\set FETCH_COUNT 8
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\echo :ERROR :SQLSTATE
\set FETCH_COUNT 100
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\echo :ERROR :SQLSTATE
\set FETCH_COUNT 0
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\set FETCH_COUNT -1
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\unset FETCH_COUNT
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\set FETCH_COUNT x
\set FETCH_COUNT 2
select 1 where false;
select;
select from generate_series(1, 3);
