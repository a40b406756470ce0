create temp table t (a int, b text);
copy t from stdin;
1	one
2	two
\.
select * from t order by a;
