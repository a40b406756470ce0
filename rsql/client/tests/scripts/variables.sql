\set a 5
\set b 'it''s'
\set c :a :b x
\echo :a :b :c
\echo ':a' ":a"
select :a as n, :'b' as t, :'c' as u;
select :a::int as cast_, 'x':: text as y, ':a' as quoted;
\set col My"Col
select 1 as :"col";
\unset a
\echo :a
select ':a' as a;
