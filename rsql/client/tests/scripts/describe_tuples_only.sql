begin;
\i include/describe_relations.sql
\t on
\d fast
\d+ customer
\d counter
\d owned
\dt fast*
\d+ rich
\dt nosuch
\d nosuch
rollback;
