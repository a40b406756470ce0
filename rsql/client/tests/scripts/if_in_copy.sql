\if true
create temp table t (a int);
copy t from stdin;
1
\.
\else
copy t from stdin;
2
\.
\endif
select * from t;
\if false
select 'not run;
\endif
';
\endif
\echo end
