\echo
\echo a b   c
\echo 'a   b' "c  d"
\echo 'it''s' 'tab\tnl\nx' '\x41\101'
\echo -n no newline
\echo
\echo a\\ \echo b
\echo "a"b'c'd
\echo `echo one`
\echo `printf 'a b\nc\n'` x
\echo '`echo quoted`'
\qecho to the query output
\warn to stderr
\echo trailing   
\echo unterminated 'quote
\echo next
