begin;
\i include/describe_relations.sql
\dtS pg_am*
\dtvS pg_stat_us*
\dtS+ pg_am
\dt pg_catalog.pg_am*
\diS pg_am*
\diS+ pg_am*
\dt information_schema.sql_f*
\dt pg_toast.pg_toast_1255
\di pg_toast.pg_toast_1255*
\dS pg_am
\dS pg_am_oid_index
\dvS pg_tables
\dsS nosuch
\dmS
\dES
rollback;
