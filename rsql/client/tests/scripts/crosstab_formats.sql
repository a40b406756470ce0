\pset title T
values ('a','x',1),('b','y',2),('a','y',3) \crosstabview
\x
\t
values ('a','x',1),('b','y',2),('a','y',3) \crosstabview
\t
\a
values ('a','x',1),('b','y',2),('a','y',3) \crosstabview
\pset format csv
values ('a','x',1),('b','y',2),('a','y',3) \crosstabview
\pset format aligned
select 1\; values ('a','x',1000.5),('b','y',2),('a','y',3) \crosstabview
\pset numericlocale
values ('a','x',1000.5),('b','y',2),('a','y',3) \crosstabview
values ('a','x',1000.5),('b','y',2),('a','y',3) \crosstabview 1 2 3 \\ \echo end
select 1/0 \crosstabview
values ('a','x','multi
line'),('b','y','c') \crosstabview
select 'a' as a, g as b, 1 as c, (20-g)::text as d from generate_series(1,20) g \crosstabview a b c d
select 'a' as a, g as b, 1 as c, case g when 3 then 'x' when 4 then '-5' when 5 then null else g::text end as d from generate_series(1,6) g \crosstabview a b c d
