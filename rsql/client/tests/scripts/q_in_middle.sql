\echo a
\q
\echo b
