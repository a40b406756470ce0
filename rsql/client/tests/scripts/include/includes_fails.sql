\echo outer
\i include/fails.sql
\echo not reached
