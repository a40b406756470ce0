create temp table t (a int);
copy t from stdin;
x