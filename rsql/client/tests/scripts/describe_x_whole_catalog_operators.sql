\doS
\do+ pg_catalog.*
