\set now `echo 5`
\echo :now
\set fail `exit 3`
\echo [:fail]
\echo `echo :now`
\echo `echo :'now'`
\echo `nosuchcommand_x 2>/dev/null`
\set v 'a b'
\echo `echo :'v'`
