\encoding gbk
select 'Å\' as "Å\";
select 'Å\\', E'Å\\\' as e;
\echo Å\ 'Å\' "Å\" Å\\echo more
\set v Å\
\echo :v :'v' :"v" `printf 'Å\'`
select 'Å\' 'x' as v;
select :'v' as v;
-- Å\
select 1 as xÅ\;
/* Å\ */ select 2 as Å\x;
select 'ï\' as "ï\";
select 'ï\\', E'ï\\\' as e;
\echo ï\ 'ï\' "ï\" ï\\echo more
\set v ï\
\echo :v :'v' :"v" `printf 'ï\'`
select 'ï\' 'x' as v;
select :'v' as v;
-- ï\
select 1 as xï\;
/* ï\ */ select 2 as ï\x;
select 'Å`' as "Å`";
select 'Å`\', E'Å`\\' as e;
\echo Å` 'Å`' "Å`" Å`\echo more
\set v Å`
\echo :v :'v' :"v" `printf 'Å`'`
select 'Å`' 'x' as v;
select :'v' as v;
-- Å`
select 1 as xÅ`;
/* Å` */ select 2 as Å`x;
