\set ON_ERROR_STOP on
\i include/includes_fails.sql
\echo not reached
