select /* ' */ 1 as a;
select 1 -- '
as a;
select '/*' as a, '*/' as b;
select 'a''b' || 'c' as d, '''' as q;
select E'\'' as a, E'\\' as b, E'a''b' as c, e'\x41' as d;
select U&"d\0061t\+000061" from (select 1 as "data") t;
select U&'d!0061t' uescape '!' as u;
select 1 as a, $$ $x$ ; $x$ $$ as b, $x$ $$ ; $$ $x$ as c;
select 1$$ as a;
select 5 - -3 as minus, 5 --3
as comment;
select 2 *-1 as op, 3!=4 as ne, 3 <> 4 as ne2, '{"a":[1]}'::jsonb @> '{"a":[1]}' as c;
select 1.5e3 as f, .5 as g, 1. as h, 1e-2 as i;
select B'1' as b, X'ff' as x, N'n' as n;
select "select" from (select 1 as "select") t;
select 1 as "a;b", 2 as "c--d", 3 as "e/*f";
select 'multi
line; with semicolon
-- and not a comment
' as m;
select case when true then 'begin' else 'end' end as w;
