\timing on
select 1 as a;
\timing off
select 2 as b;
\timing
select 1/0;
\timing
