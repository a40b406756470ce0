\dfS pg_catalog.*
\daS
\da *
\dfS+ pg_catalog.a*
