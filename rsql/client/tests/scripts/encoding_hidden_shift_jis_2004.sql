\encoding shift_jis_2004
select 'ソ' as "ソ";
select 'ソ\', E'ソ\\' as e;
\echo ソ 'ソ' "ソ" ソ\echo more
\set v ソ
\echo :v :'v' :"v" `printf 'ソ'`
select 'ソ' 'x' as v;
select :'v' as v;
-- ソ
select 1 as xソ;
/* ソ */ select 2 as ソx;
select '表' as "表";
select '表\', E'表\\' as e;
\echo 表 '表' "表" 表\echo more
\set v 表
\echo :v :'v' :"v" `printf '表'`
select '表' 'x' as v;
select :'v' as v;
-- 表
select 1 as x表;
/* 表 */ select 2 as 表x;
select 'チ' as "チ";
select 'チ\', E'チ\\' as e;
\echo チ 'チ' "チ" チ\echo more
\set v チ
\echo :v :'v' :"v" `printf 'チ'`
select 'チ' 'x' as v;
select :'v' as v;
-- チ
select 1 as xチ;
/* チ */ select 2 as チx;
