\set ON_ERROR_STOP on
\dFq
\echo no
