begin;
\i include/describe_relations.sql
\d counter
\d owned
\d customer_id_seq
\d customer_code_seq
\d orders_id_seq
\d+ counter
\ds
\ds+
\ds *count*
rollback;
