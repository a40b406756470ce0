create temp table t (a int, b text);
\copy t from 'include/data.txt'
select * from t order by a;
\copy t to stdout
\copy (select a, b from t where a > 1 order by a) to stdout csv header
\copy t from stdin
5	five
\.
select count(*) from t;
\copy t from 'nosuchfile.txt'
\copy nowhere from 'include/data.txt'
\copy t to '/nonexistent/dir/file'
\copy t frm x
\copy
\copy t from program 'printf "7\\tseven\\n"'
\copy t to program 'cat' csv
\copy t (a) from program 'echo 9'
select count(*) from t;
