begin;
\i include/describe_relations.sql
\d customer
\d orders
\d line
\d tagged
\d nothing
rollback;
