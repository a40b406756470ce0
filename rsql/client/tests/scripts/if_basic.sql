\if true
\echo yes
\else
\echo no
\endif
\if false
\echo no
\elif 1
\echo elif
\elif on
\echo not this
\else
\echo no
\endif
\if off
select 1/0;
\echo `echo not run >&2`
\endif
\echo done
