-- \x in all forms, \gx, and expanded for one statement
\x
select 1 as a, 2 as b;
\x
select 1 as a, 2 as b;
\x on
\x on
select 1 as a, 2 as b \gx
select 1 as a, 2 as b \g (expanded=off)
\x off
select 1 as a, 2 as b \gx
select 1 as a, 2 as b \g (expanded=on border=2)
select 1 as a, 2 as b;
\x auto
select 1 as a, 2 as b \gx
select 1 as a, 2 as b;
\x
\x
\x maybe
\pset expanded
\pset expanded auto
\pset vertical
\pset x 1
select 1 as a, 2 as b \gx (title='once' border=2)
select 1 as a where false \gx
select \gx
select 1 as a union all select 2 \gx (tuples_only=on)
select 1 as a union all select 2 \gx (tuples_only=on border=2)
select 1 as a \gx (expanded=off)
