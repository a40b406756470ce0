begin;
\i include/describe_relations.sql
\d+ log
\d+ log_2023
\d+ log_2024
\d+ log_2024_1
\d+ log_rest
\d+ log_empty
\d+ log_2025
\d+ keyed
\d+ keyed_1
\d+ refers
\d+ refers_1
\d+ fast_parts
rollback;
