-- All that a server brings: each of its tables, views, indexes and TOAST tables.
set search_path = pg_catalog;
\d+ pg_catalog.*
\d information_schema.*
\dS *
\d pg_toast.pg_toast_[1-9]???
\d pg_toast.pg_toast_[1-9]???_index
