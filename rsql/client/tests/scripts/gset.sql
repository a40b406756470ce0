select 1 as a, 'two' as b, null as c \gset
\echo :a :b :c
select 3 as x \gset pre_
\echo :pre_x
select 1 as a where false \gset
select 1 as a union select 2 \gset
\echo :a
select 5 as a
\gset
\echo :a
create temp table gset_t (a int) \gset
select 1 as "VERBOSITY" \gset
