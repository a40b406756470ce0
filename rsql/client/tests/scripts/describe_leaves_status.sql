-- Commands that describe leave the variables of statements alone.
select 1 as one;
\dt nosuch
\echo :ERROR :SQLSTATE
select 1/0;
\d nosuch
\echo :ERROR :SQLSTATE :LAST_ERROR_MESSAGE
create temp table if not exists here (a int);
\timing on
\pset tuples_only on
\d here
\timing off
\if true
  \dt nosuch
\else
  \d nosuch
\endif
\p
select 2
\d here
as two;
