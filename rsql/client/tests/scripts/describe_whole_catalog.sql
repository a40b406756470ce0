-- All that a server brings: each of its tables, views, indexes and TOAST tables.
\d+ pg_catalog.*
\d information_schema.*
\dS *
\d pg_toast.*
