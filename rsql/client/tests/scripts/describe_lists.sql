begin;
\i include/describe_relations.sql
\d
\d+
\dt
\dt+
\di
\di+
\dv
\dv+
\ds
\dm
\dm+
\dE
rollback;
