-- what CSV puts in quotes
\pset format csv
\pset null 'NULL'
create temp view v as select * from (values
  ('plain'), ('a,b'), ('a;b'), ('a"b'), ('"'), (''), (null), (' '), (' a '), (E'a\nb'), (E'a\rb'), (E'a\tb'), ('\.'), ('\\.'), ('.'), ('\'), ('a|b'), ('漢,字'), ('NULL')
) as v (text);
table v;
\pset csv_fieldsep ';'
table v;
\pset csv_fieldsep '\t'
table v;
\pset csv_fieldsep '\\'
table v;
\pset csv_fieldsep '.'
table v;
\pset csv_fieldsep ' '
table v;
\pset csv_fieldsep 'a'
table v;
\pset csv_fieldsep '|'
\x
table v;
select 1 as "a|b", 2 as "c""d";
\x
select 1 as "a|b", 2 as "c""d", 3 as "e
f";
\t
select 1 as "a|b", 2 as "c""d";
\pset null 'a|b'
select null, 1;
\C title
\t
select null, 1;
select 1 where false;
