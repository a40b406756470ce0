\sf
\sf+
\echo after
\sf nothing
\sf nothing(int)
\sf now(int)
\sf abs
\sf abs(nothing)
\sf a.b.c.d
\sf now;
\sf "now
\sf now(
\sf max(int)
\sf 'now'
\errverbose
select 1/0;
\sf nothing
\errverbose
\sf pg_catalog.now
\sf+ now
\set VERBOSITY verbose
\sf nothing
\sf it's
\sf back\slash
