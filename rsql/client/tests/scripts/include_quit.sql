\echo before
\i include/quits.sql
\echo after
\q
\echo not reached
