begin;
\i include/describe_relations.sql
\d pg_am
\d+ pg_am
\dS+ pg_am
\d pg_catalog.pg_description
\d pg_toast.pg_toast_1255
\d+ pg_toast.pg_toast_1255
\d pg_toast.pg_toast_1255_index
\d+ pg_toast.pg_toast_1255_index
\d pg_tables
\d information_schema.sql_features
\d+ information_schema.character_data
rollback;
