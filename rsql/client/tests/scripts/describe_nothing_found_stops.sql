\set ON_ERROR_STOP on
\dt nosuch
\echo a list goes on
\d nosuch
\echo not reached
