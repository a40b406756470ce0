\o out_file.tmp
select 1 as in_file;
\echo on stdout
\qecho in the file
\o
\! cat out_file.tmp; rm out_file.tmp
select 2 as on_stdout;
\o |cat
select 3 as piped;
\o
select 4 as a \g out_file.tmp
\! cat out_file.tmp; rm out_file.tmp
select 5 as a \g |cat
\o /nonexistent/x
select 6 as a;
