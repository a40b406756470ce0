create temp table t (a text);
copy t from stdin;
tab\there
back\\slash
\\.
null \N inside
\N
newline\nhere
\.
select a, a is null as n, length(a) from t;
copy t to stdout;
copy t to stdout csv;
