\encoding johab
select 'ˆ\' as "ˆ\";
select 'ˆ\\', E'ˆ\\\' as e;
\echo ˆ\ 'ˆ\' "ˆ\" ˆ\\echo more
\set v ˆ\
\echo :v `printf 'ˆ\'`
select 'ˆ\' 'x' as v;
-- ˆ\
select 1 as xˆ\;
/* ˆ\ */ select 2 as ˆ\x;
select 'Ø|' as "Ø|";
select 'Ø|\', E'Ø|\\' as e;
\echo Ø| 'Ø|' "Ø|" Ø|\echo more
\set v Ø|
\echo :v `printf 'Ø|'`
select 'Ø|' 'x' as v;
-- Ø|
select 1 as xØ|;
/* Ø| */ select 2 as Ø|x;
select 'ˆA' as "ˆA";
select 'ˆA\', E'ˆA\\' as e;
\echo ˆA 'ˆA' "ˆA" ˆA\echo more
\set v ˆA
\echo :v `printf 'ˆA'`
select 'ˆA' 'x' as v;
-- ˆA
select 1 as xˆA;
/* ˆA */ select 2 as ˆAx;
