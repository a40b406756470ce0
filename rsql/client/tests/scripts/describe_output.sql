begin;
\i include/describe_relations.sql
\o described.txt
\d fast
\dt fast
\d nosuch
\dt nosuch
\o
\! cat described.txt
\o |cat
\d fast
\o
\d fast \d quiet
\d fast \\ select 1 as one;
rollback;
