\if true
\echo before
\connect nosuchdb
\echo never
\endif
