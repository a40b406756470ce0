begin;
\i include/describe_relations.sql
\d nosuch
\echo :ERROR :SQLSTATE
\dt nosuch
\echo :ERROR
\dtv+ nosuch
\d+ "No Such"
\dE shop.nosuch
drop table log, log_far cascade;
drop foreign table remote, remote_plain;
\dE
\set QUIET on
\d nosuch
\dt nosuch
\dE
\dE+
\set QUIET off
\d nosuch \echo not reached
\dt nosuch \echo reached
select 1 as one;
rollback;
