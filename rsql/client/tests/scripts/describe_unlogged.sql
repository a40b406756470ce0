begin;
\i include/describe_relations.sql
\d fast
\d+ fast
\d fast_pkey
\d fast_parts
\d fast_parts_pkey
\d fast_counter
\dt+ fast*
rollback;
