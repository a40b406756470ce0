begin;
\i include/describe_relations.sql
\dt+ customer
\dv+ rich
\di+ customer_*
\dm+
\ds+ counter
\dE+ remote
\dPt+
rollback;
