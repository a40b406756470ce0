begin;
\i include/describe_relations.sql
\d remote
\d+ remote
\d remote_plain
\d+ remote_plain
\dE
\dE+
\dE remote*
rollback;
