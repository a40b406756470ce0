\set PROMPT1 'never shown> '
\set PROMPT2 'nor this> '
\set PROMPT3 'nor that> '
select 1
as a;
create temp table vars_c (a int);
copy vars_c from stdin;
1
\.
\set IGNOREEOF 10
\echo :IGNOREEOF
