\set FETCH_COUNT 3
select g from generate_series(1, 10) g;
select 1/(5-g) from generate_series(1, 10) g;
\echo :ERROR
select g from generate_series(1, 4) g \g
