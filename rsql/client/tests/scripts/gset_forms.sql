select 1 as a, 2 as b \gset
\echo :a :b
select 'x' as "Upper", 'y' as lower \gset p_
\echo :p_Upper :p_lower
select 1 as "bad name" \gset
\echo :"bad name"
select null as a \gset
\echo [:a] :{?a}
select 1/0 as a \gset
\echo :b
select 1 as a\; select 2 as a \gset
\echo :a
insert into pg_temp.nothing values (1) \gset
select \gset
select 1 as one, 2 as one \gset
\echo :one
\gset
\echo :one
