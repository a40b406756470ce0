select 1 as a; \echo x
\echo a \echo b
select 2 as b \; select 3 as c \g
\set x 1 \\ \echo :x
\echo one;
\echo two -- no comment
select 4 \echo five
;
