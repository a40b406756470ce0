-- options of \g are gone after it
\pset format csv
select 1 as a, null as b \g (format=aligned null=x)
select 1 as a, null as b;
\gx
\g (format=html)
select 2 as a \; select 3 as b \g (border=2 format=aligned)
select 4 as c;
\C kept
select 5 as d \g (title=)
select 5 as d \g (title=once format=aligned)
select 5 as d \g (format=aligned)
