\i include/one.sql extra
\set a b c d
\echo :a
\unset a extra
\r extra
\if true
\endif extra
