\echo start
\if true
\echo inside
select 1 as a;
