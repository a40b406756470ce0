\timing true
\timing off
\timing 1
\timing nonsense
\timing
\timing yes
select 1 as a;
\timing false
