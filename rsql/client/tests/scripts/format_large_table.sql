-- a table of more than one piece
create temp view v as select n, md5(n::text) as m, case when n % 100 = 0 then E'two\nlines' when n % 77 = 0 then '漢字' end as t from generate_series(1, 5000) n;
table v;
\pset border 2
table v;
\x
table v;
\x
\pset format wrapped
\pset columns 30
table v;
\pset format html
select * from v where n < 100;
\set FETCH_COUNT 1000
\pset format aligned
table v;
select * from v;
\x
select * from v;
