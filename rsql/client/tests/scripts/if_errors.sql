\if nonsense
\echo a
\else
\echo b
\endif
\endif
\else
\elif true
\if true
\else
\else
\echo x
\endif
\echo end
