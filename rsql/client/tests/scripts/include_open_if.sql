\if true
\i include/open_if.sql
\echo still here
\endif
\echo end
