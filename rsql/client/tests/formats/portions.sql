\set FETCH_COUNT 3
\pset columns 20
\pset border 0
\x off
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\C title
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t off
\C
select 1 as a where false;
select generate_series(1, 3) as a;
\pset border 1
\x off
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\C title
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t off
\C
select 1 as a where false;
select generate_series(1, 3) as a;
\pset border 2
\x off
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\C title
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t off
\C
select 1 as a where false;
select generate_series(1, 3) as a;
\pset border 3
\x off
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\C title
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t off
\C
select 1 as a where false;
select generate_series(1, 3) as a;
\pset border 0
\x on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\C title
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t off
\C
select 1 as a where false;
select generate_series(1, 3) as a;
\pset border 1
\x on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\C title
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t off
\C
select 1 as a where false;
select generate_series(1, 3) as a;
\pset border 2
\x on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\C title
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t off
\C
select 1 as a where false;
select generate_series(1, 3) as a;
\pset border 3
\x on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\C title
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t on
select n, repeat('x', n * 3) as t from generate_series(1, 7) n;
\t off
\C
select 1 as a where false;
select generate_series(1, 3) as a;
