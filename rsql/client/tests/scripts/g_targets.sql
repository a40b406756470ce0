select 1 as a \g g_targets.tmp
select 2 as a \g g_targets.tmp
\! cat g_targets.tmp; rm g_targets.tmp
select 3 as a \g | tr a-z A-Z
select 4 as a \gx | cat
select 5 as a \g (format=csv tuples_only=on) g_targets.tmp
\! cat g_targets.tmp; rm g_targets.tmp
select 6 as a \g (nosuch=1)
select 7 as a \g (format=csv
select 8 as a \g (border=2)
select 9 as a \g /nonexistent/x
\echo :ERROR
select 10 as a, 20 as b \gx (border=2)
select 1/0 as a \g g_targets.tmp
\! ls g_targets.tmp; rm -f g_targets.tmp
select 11 as a \g 'g_targets.tmp' extra
\! rm -f g_targets.tmp extra
