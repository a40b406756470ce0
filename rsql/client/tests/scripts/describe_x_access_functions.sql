\dAp hash array_ops
\dAp+ hash array_ops
\dAp gin jsonb_path_ops
\dAp+ btree float_ops
\dAp * pg_catalog.uuid_ops
\dAp nothing nothing
\dAp+ gist range_ops extra
\dAp a.b
\dAp btree a.b.c.d
\dAp btree x.pg_catalog.float_ops
