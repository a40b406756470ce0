\set v 'it''s a \\ "test"'
\echo :v
\echo :'v'
\echo :"v"
select :'v' as literal;
select 1 as :"v";
\set multi 'line one\nline two'
\echo :multi
select :'multi' as m;
\set empty ''
\echo [:empty] [:'empty'] [:"empty"]
select :'empty' as e;
\set n 42
select :n+1 as plus, -:n as minus, :n::text as cast_, ':n' as no, ":n" from (select 1 as ":n") t;
\set name tbl
create temp table :name (a int);
insert into :"name" values (:n);
select * from :name where a = :n;
\set list 1,2,3
select * from (values (1),(2),(5)) x(a) where a in (:list);
\set recursive :recursive x
\echo :recursive
\set self :self
\echo :self
select ':'':name' as s, $$:name$$ as d, E':name' as e;
-- :name in a comment
/* :'name' */
select '{"a": 1}'::jsonb -> 'a' as j, time '10:30' as t, array[1,2]::int[] as a;
\set x 1
\echo :x:x :x::x a:x :x.y (:x) [:x]
