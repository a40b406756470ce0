\encoding
\encoding SQL_ASCII
\encoding
\encoding nonsense
show client_encoding;
\encoding latin1
select 'é' as "ü", 'straße' as text, E'tab\tü' as tab;
\x
select 'é' as "ü", 'straße' as text;
\x
\pset format wrapped
\pset columns 20
select 'äöüäöüäöüäöüäöü äöüäöü' as wide, 1 as n;
\pset format aligned
set client_encoding to sql_ascii;
select 'é漢' as raw;
\encoding utf8
select 'é漢' as whole;
