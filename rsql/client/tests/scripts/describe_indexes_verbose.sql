begin;
\i include/describe_relations.sql
\d+ customer_name
\d+ customer_rich
\d+ customer_same
\d+ customer_fill
\d+ once
\d+ no_overlap
\d+ log_at
\d+ log_level
\d+ log_2023_at_idx
\d+ keyed_pkey
rollback;
