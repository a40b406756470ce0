select lo_from_bytea(6999, 'abc');
\set ECHO_HIDDEN on
\lo_export 6999 out.tmp
\lo_unlink 6999
\lo_unlink 6999
\set ECHO_HIDDEN noexec
\lo_unlink 6999
\! rm out.tmp
