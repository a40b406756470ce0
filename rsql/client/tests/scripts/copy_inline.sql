create temp table t (a int, b text);
copy t from stdin;
1	one
2	two
\.
select * from t order by a;
copy t from stdin with (format csv);
3,"three, with comma"
4,
\.
select * from t order by a;
copy t to stdout;
copy (select 1, 'x') to stdout with csv header;
\echo done
