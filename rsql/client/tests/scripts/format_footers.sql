-- the number of rows below
\pset format aligned
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
\pset format unaligned
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
\pset format csv
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
\pset format html
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
\pset format asciidoc
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
\pset format latex
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
\pset format latex-longtable
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
\pset format troff-ms
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
\pset format aligned
select 1 as a;
select 1 as a where false;
select generate_series(1, 2) as a;
\pset footer
select 1 as a;
select 1 as a where false;
\pset footer
insert into pg_temp.nothing select 1;
create temp table t (a int);
insert into t values (1), (2) returning a;
update t set a = 3 returning *;
\H
delete from t returning *;
show client_encoding;
explain (costs off) select 1;
