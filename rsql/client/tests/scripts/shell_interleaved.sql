select 1 as a;
\! echo one
select 2 as b;
\! echo two
\echo three
\! echo four
