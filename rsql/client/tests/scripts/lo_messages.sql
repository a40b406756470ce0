select lo_from_bytea(4999, 'abc');
\lo_export 4999 lo_out.tmp
\! cat lo_out.tmp; rm lo_out.tmp
\lo_unlink 4999
\lo_unlink 4999
\lo_export 4999 lo_out.tmp
\lo_export 1
\lo_export
\lo_unlink
\lo_import
\lo_import nosuch.file
\lo_unlink abc
\lo_bad
\lo_unlink 1 extra
\echo :ERROR :SQLSTATE
select lo_from_bytea(4999, 'abc');
\lo_export 4999 /nonexistent/x
\pset format html
\o lo_text.tmp
\lo_unlink 4999
\o
\! cat lo_text.tmp; rm lo_text.tmp
