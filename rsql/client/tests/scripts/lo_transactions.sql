\! echo data > in.tmp
begin;
select lo_from_bytea(5999, 'abc');
\lo_unlink 5999
\set QUIET on
\lo_import in.tmp
\set QUIET off
select 1/0;
\lo_import in.tmp
\lo_unlink 1
\lo_export 1 out.tmp
rollback;
select count(*) from pg_largeobject_metadata where oid = :LASTOID;
\set AUTOCOMMIT off
\set QUIET on
\lo_import in.tmp
\set QUIET off
select count(*) from pg_largeobject_metadata where oid = :LASTOID;
rollback;
select count(*) from pg_largeobject_metadata where oid = :LASTOID;
\set AUTOCOMMIT on
rollback;
\! rm in.tmp
