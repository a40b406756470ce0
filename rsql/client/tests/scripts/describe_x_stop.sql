\set ON_ERROR_STOP on
\drds nothing
\echo one
\df nothing
\echo two
\dRp+ nothing
\echo three
