\set ON_ERROR_STOP on
select nosuch \gdesc
\echo not reached
