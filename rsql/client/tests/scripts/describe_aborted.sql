begin;
\i include/describe_relations.sql
select 1/0;
\d fast
\dt
\echo :ERROR :SQLSTATE
rollback;
