\watch
\watch 0.01
\echo next
select 1\r
\watch
