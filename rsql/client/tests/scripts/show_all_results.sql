\set SHOW_ALL_RESULTS off
select 1 as a\; select 2 as b;
\set SHOW_ALL_RESULTS on
select 1 as a\; select 2 as b;
