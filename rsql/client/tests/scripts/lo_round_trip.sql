\! printf 'some\001data\n' > in.tmp
\set QUIET on
\lo_import in.tmp
\set oid :LASTOID
\lo_export :oid out.tmp
\! od -c out.tmp
\lo_import in.tmp 'it''s a comment'
select obj_description(:LASTOID, 'pg_largeobject');
select encode(lo_get(:LASTOID), 'escape');
\lo_unlink :LASTOID
\lo_unlink :oid
select count(*) from pg_largeobject_metadata where oid = :oid;
\! : > in.tmp
\lo_import in.tmp
\lo_export :LASTOID out.tmp
\! wc -c < out.tmp
\lo_unlink :LASTOID
\set QUIET off
\! rm in.tmp out.tmp
