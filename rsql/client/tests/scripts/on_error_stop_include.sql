\set ON_ERROR_STOP on
\i nosuchfile.sql
\echo not reached
