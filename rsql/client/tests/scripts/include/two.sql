\echo two
\ir three.sql
