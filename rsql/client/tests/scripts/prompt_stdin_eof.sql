\prompt 'text ' answer
\echo [:answer]
