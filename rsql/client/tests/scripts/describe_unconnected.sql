\d pg_am
\c no_such_database_here
\dt nosuch
\d pg_am
\d a.b.c.d
\dt
\echo :ERROR
