create temp table t (a int, b text);
COPY t (a) FROM STDIN;
1
\.
copy t from stdin csv header
;
a,b
2,"x
y"
\.
copy t from stdin (format csv, delimiter ';', null 'NULL');
3;NULL
4;"a;b"
\.
copy (select * from t order by a) to stdout (format csv, header, force_quote *);
copy t to stdout; copy t to stdout with (delimiter ',');
begin; copy t from stdin; commit;
5	in a transaction
\.
select count(*) from t;
copy t from stdin\; select 'after' as x;
6	six
\.
select * from t where a = 6;
copy t from stdin;
\.
\copy (select 'quoted ''text''' as q, 1 as "Col Name") to stdout csv header
\copy t(a,b) from stdin with csv
7,"seven"
\.
\copy (select count(*) from t) to 'copy_forms.tmp'
\! cat copy_forms.tmp; rm copy_forms.tmp
\set file copy_var.tmp
\copy t to :'file'
\copy t to :file
\! ls | sort | head -5; rm -f ':file' copy_var.tmp ":'file'"
\copy t from pstdin
\copy (select 1) to pstdout
