select 1 as a \g
select 2 as a
\g
\g
select 3 as a \gx
select 4 as a \g (format=csv)
select 5 as a \g (format=unaligned tuples_only=on)
select 6 as a;
