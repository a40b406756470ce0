-- Each option that does not hold is told, with and without a parenthesis at the end.
select 1 \g (nosuch other=1 border=2)
select 2 \g (nosuch tuples_only
\r
select 3 \gx (bad1 bad2)
\r
select 4;
