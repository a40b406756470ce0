select 1 as a;
\echo last