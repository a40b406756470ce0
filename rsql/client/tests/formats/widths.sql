create temp view long as
select n as id, repeat('0123456789', n) as digits, E'short\nand then a longer line of words' as words, '漢字かな交じり文' as kanji, n * 1000 as num
from generate_series(1, 4) n;
create temp view narrow as select 'abc def' as a, null as b, E'x\ty' as "very long header indeed";
create temp view heads as select 'abcdefghij' as "two
lines", E'é\u0301é\u0301é\u0301é\u0301' as combining, E'ctrl\u0001\u0002\r\nnext' as c;
\pset border 0
\pset columns 200
select * from long;
select * from narrow;
select * from heads;
\pset columns 79
select * from long;
select * from narrow;
select * from heads;
\pset columns 60
select * from long;
select * from narrow;
select * from heads;
\pset columns 50
select * from long;
select * from narrow;
select * from heads;
\pset columns 40
select * from long;
select * from narrow;
select * from heads;
\pset columns 30
select * from long;
select * from narrow;
select * from heads;
\pset columns 20
select * from long;
select * from narrow;
select * from heads;
\pset columns 10
select * from long;
select * from narrow;
select * from heads;
\pset columns 1
select * from long;
select * from narrow;
select * from heads;
\pset tuples_only on
\pset columns 40
select * from long;
select * from heads;
\pset tuples_only off
\pset border 1
\pset columns 200
select * from long;
select * from narrow;
select * from heads;
\pset columns 79
select * from long;
select * from narrow;
select * from heads;
\pset columns 60
select * from long;
select * from narrow;
select * from heads;
\pset columns 50
select * from long;
select * from narrow;
select * from heads;
\pset columns 40
select * from long;
select * from narrow;
select * from heads;
\pset columns 30
select * from long;
select * from narrow;
select * from heads;
\pset columns 20
select * from long;
select * from narrow;
select * from heads;
\pset columns 10
select * from long;
select * from narrow;
select * from heads;
\pset columns 1
select * from long;
select * from narrow;
select * from heads;
\pset tuples_only on
\pset columns 40
select * from long;
select * from heads;
\pset tuples_only off
\pset border 2
\pset columns 200
select * from long;
select * from narrow;
select * from heads;
\pset columns 79
select * from long;
select * from narrow;
select * from heads;
\pset columns 60
select * from long;
select * from narrow;
select * from heads;
\pset columns 50
select * from long;
select * from narrow;
select * from heads;
\pset columns 40
select * from long;
select * from narrow;
select * from heads;
\pset columns 30
select * from long;
select * from narrow;
select * from heads;
\pset columns 20
select * from long;
select * from narrow;
select * from heads;
\pset columns 10
select * from long;
select * from narrow;
select * from heads;
\pset columns 1
select * from long;
select * from narrow;
select * from heads;
\pset tuples_only on
\pset columns 40
select * from long;
select * from heads;
\pset tuples_only off
