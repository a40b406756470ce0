\H
create temp table t2 (a int primary key)\g (format=csv)
\pset format aligned
create temp table t3 (a int primary key)\g (format=html)
create temp table t (k int, v text);
insert into t values (1,'a'),(2,'b') returning * \; select null::int from generate_series(1,2) g \; select 5 as five where false\gset
insert into t values (1,'a'),(2,'b') returning * \; select 5 as five \gset
select 1 as a \; select 2 as b \g /nosuch/f
\echo :ERROR
select 3;
select 1 \g :ERROR :ERROR `touch bad` |cat
\! ls bad
select 1 \g (border=2) out.txt :ERROR `touch bad`
\! cat out.txt
\set f out.txt
select 2 \g :f
select 3 \g `echo out2.txt`
\! cat out.txt out2.txt
select 4 \g (border=:nosuch tuples_only=on) |cat
