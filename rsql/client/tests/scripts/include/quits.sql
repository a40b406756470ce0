\echo in
\q
\echo not reached
