-- several results of one line, and commands between them
\pset format html
select 1 as a\; select 2 as b\; create temp table t (x int)\; insert into t values (1)\; table t;
\pset format unaligned
select 1 as a\; select 2 as b;
\pset format csv
select 1 as a\; select 2 as b;
\pset format troff-ms
select 1 as a\; select 2 as b;
\set SHOW_ALL_RESULTS off
select 1 as a\; select 2 as b;
\pset format aligned
select 1 as a\; select 2 as b;
