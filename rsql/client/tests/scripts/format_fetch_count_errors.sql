-- portions before an error are shown, the one in which it happens is not
\set FETCH_COUNT 2
select n, 10 / (4 - n) as q from generate_series(1, 6) n;
\echo :ERROR :SQLSTATE :LAST_ERROR_MESSAGE
select n, 10 / (5 - n) as q from generate_series(1, 6) n;
select n, 10 / (2 - n) as q from generate_series(1, 6) n;
select n, 10 / (1 - n) as q from generate_series(1, 6) n;
\pset format unaligned
select n, 10 / (4 - n) as q from generate_series(1, 6) n;
\pset format csv
select n, 10 / (5 - n) as q from generate_series(1, 6) n;
\H
select n, 10 / (4 - n) as q from generate_series(1, 6) n;
\H
\x
select n, 10 / (4 - n) as q from generate_series(1, 6) n;
\x
begin;
select n, 10 / (4 - n) as q from generate_series(1, 6) n;
select 1;
rollback;
\set ON_ERROR_ROLLBACK on
begin;
select n, 10 / (4 - n) as q from generate_series(1, 6) n;
select 1 as still_here;
commit;
\set ON_ERROR_STOP on
select n, 10 / (4 - n) as q from generate_series(1, 6) n;
\echo not reached
