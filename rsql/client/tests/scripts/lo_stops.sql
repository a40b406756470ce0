\set ON_ERROR_STOP on
\lo_unlink 1
\echo not reached
