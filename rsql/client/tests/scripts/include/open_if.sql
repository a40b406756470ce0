\if false
\echo hidden
