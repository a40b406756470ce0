-- What pg_dump writes around a dump, and a name in it that is no command.
\restrict 3fxaLQkVUqD5n0
create temp table "a
\! echo taken
\echo b" (x int);
copy "a
\! echo taken
\echo b" from stdin;
1
2
\.
select sum(x) from "a
\! echo taken
\echo b";
-- a comment with a \echo in it
select '\echo' as x, 'a\' as y \; select 2;
\set y 1
select :y;
\.
\if true
select 3;
\endif
select 4 \g
;
\unrestrict 3fxaLQkVUqD5n0
\echo free
