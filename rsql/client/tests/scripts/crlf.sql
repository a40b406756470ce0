select 1 as a;
\echo x
\set v 5
\echo [:v]
\if true
\echo yes
\else
\echo no
\endif
select 'a
b' as two;
-- comment
select 2 as b;
