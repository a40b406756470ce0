\set ON_ERROR_STOP 1
\nosuch
\echo not reached
