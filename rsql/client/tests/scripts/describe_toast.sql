begin;
\i include/describe_relations.sql
-- The names that the server gives have numbers.
update pg_class c set relname = 'toast_of_' || t.relname from pg_class t where t.reltoastrelid = c.oid and t.relnamespace = 'shop'::regnamespace;
update pg_class c set relname = t.relname || '_index' from pg_index i join pg_class t on t.oid = i.indrelid where i.indexrelid = c.oid and t.relname like 'toast\_of\_%';
\d pg_toast.toast_of_orders
\d+ pg_toast.toast_of_orders
\d pg_toast.toast_of_fast
\d+ pg_toast.toast_of_fast
\d pg_toast.toast_of_fast_index
\d+ pg_toast.toast_of_summary
\dt pg_toast.toast_of_*
\dti+ pg_toast.toast_of_*
rollback;
