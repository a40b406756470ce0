-- All relations that a server brings; sizes only where nothing changes them.
set search_path = pg_catalog;
\dtvmsEiS
\dtvmsEi pg_catalog.*
\dtvmsEi information_schema.*
\dtvS+ pg_catalog.pg_ts*
\dPn *
\dmE *
\pset format csv
\dtvmsEi pg_toast.pg_toast_[1-9]???
\dtvmsEi pg_toast.pg_toast_[1-9]???_index
