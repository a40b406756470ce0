\set ON_ERROR_STOP on
\dT a.b.c.d
\echo no
