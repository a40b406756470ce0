create temp table t (a int);
copy t from stdin;
1
not a number
3
\.
select count(*) from t;
copy nowhere from stdin;
select 5 as five;
