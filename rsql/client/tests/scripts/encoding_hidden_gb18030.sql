\encoding gb18030
select '乗' as "乗";
select '乗\', E'乗\\' as e;
\echo 乗 '乗' "乗" 乗\echo more
\set v 乗
\echo :v :'v' :"v" `printf '乗'`
select '乗' 'x' as v;
select :'v' as v;
-- 乗
select 1 as x乗;
/* 乗 */ select 2 as 乗x;
select '' as "";
select '\', E'\\' as e;
\echo  '' "" \echo more
\set v 
\echo :v :'v' :"v" `printf ''`
select '' 'x' as v;
select :'v' as v;
-- 
select 1 as x;
/*  */ select 2 as x;
select '�' as "�";
select '�\', E'�\\' as e;
\echo � '�' "�" �\echo more
\set v �
\echo :v :'v' :"v" `printf '�'`
select '�' 'x' as v;
select :'v' as v;
-- �
select 1 as x�;
/* � */ select 2 as �x;
