\echo :DBNAME
\echo :'USER'
\set ECHO_HIDDEN on
\set ECHO_HIDDEN
\set VERBOSITY
\echo :VERBOSITY
\set COMP_KEYWORD_CASE x
\set HISTCONTROL nonsense
\set FETCH_COUNT 0
\set FETCH_COUNT -1
\set IGNOREEOF 3
\set PROMPT1 'x'
\echo :PROMPT1
\set SHOW_CONTEXT nonsense
\set ON_ERROR_ROLLBACK nonsense
