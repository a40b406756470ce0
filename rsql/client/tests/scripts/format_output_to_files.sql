-- formats in files of \o and \g
\o out.txt
select 1 as a;
\H
select 2 as a;
\pset format csv
select 3 as a;
\x
select 4 as a;
\o
\! cat out.txt
\x
\pset format aligned
select 5 as a \g out.txt
\! cat out.txt
select 6 as a \gx | cat
\pset format latex
select 7 as a \g | cat
