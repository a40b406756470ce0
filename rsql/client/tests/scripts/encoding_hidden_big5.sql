\encoding big5
select '功' as "功";
select '功\', E'功\\' as e;
\echo 功 '功' "功" 功\echo more
\set v 功
\echo :v :'v' :"v" `printf '功'`
select '功' 'x' as v;
select :'v' as v;
-- 功
select 1 as x功;
/* 功 */ select 2 as 功x;
select '許' as "許";
select '許\', E'許\\' as e;
\echo 許 '許' "許" 許\echo more
\set v 許
\echo :v :'v' :"v" `printf '許'`
select '許' 'x' as v;
select :'v' as v;
-- 許
select 1 as x許;
/* 許 */ select 2 as 許x;
select '弋' as "弋";
select '弋\', E'弋\\' as e;
\echo 弋 '弋' "弋" 弋\echo more
\set v 弋
\echo :v :'v' :"v" `printf '弋'`
select '弋' 'x' as v;
select :'v' as v;
-- 弋
select 1 as x弋;
/* 弋 */ select 2 as 弋x;
