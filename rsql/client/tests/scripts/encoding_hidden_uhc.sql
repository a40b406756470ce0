\encoding uhc
select 'ÅA' as "ÅA";
select 'ÅA\', E'ÅA\\' as e;
\echo ÅA 'ÅA' "ÅA" ÅA\echo more
\set v ÅA
\echo :v :'v' :"v" `printf 'ÅA'`
select 'ÅA' 'x' as v;
select :'v' as v;
-- ÅA
select 1 as xÅA;
/* ÅA */ select 2 as ÅAx;
select 'ÅZ' as "ÅZ";
select 'ÅZ\', E'ÅZ\\' as e;
\echo ÅZ 'ÅZ' "ÅZ" ÅZ\echo more
\set v ÅZ
\echo :v :'v' :"v" `printf 'ÅZ'`
select 'ÅZ' 'x' as v;
select :'v' as v;
-- ÅZ
select 1 as xÅZ;
/* ÅZ */ select 2 as ÅZx;
select 'Åa' as "Åa";
select 'Åa\', E'Åa\\' as e;
\echo Åa 'Åa' "Åa" Åa\echo more
\set v Åa
\echo :v :'v' :"v" `printf 'Åa'`
select 'Åa' 'x' as v;
select :'v' as v;
-- Åa
select 1 as xÅa;
/* Åa */ select 2 as Åax;
