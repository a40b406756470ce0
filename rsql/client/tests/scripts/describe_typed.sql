begin;
\i include/describe_relations.sql
\d typed
\d+ typed
\d address
\d+ address
rollback;
