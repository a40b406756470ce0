\set m '\\echo hi'
:m

\set w 'select '
:m
select 1/0;
:w 
:m
1/0;
select :nosuch;
select 1 from
nosuch;
