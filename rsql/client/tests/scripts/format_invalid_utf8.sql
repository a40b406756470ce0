-- text in a client encoding that it does not fit
set client_encoding to 'SQL_ASCII';
select 'é漢' as a, 'x' as b;
set client_encoding to 'UTF8';
select 'é漢' as a, 'x' as b;
\encoding SQL_ASCII
select 'é漢' as a, 'x' as b;
\pset border 2
select 'é漢' as a, 'x' as b;
