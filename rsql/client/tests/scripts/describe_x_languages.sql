\dL
\dL+
\dLS
\dLS+
\dL plpgsql
\dL+ sql
\dL int*
\dL nothing
\dL a.b
\dL dev.sql
\dL a.b.c
\dL plpgsql extra
