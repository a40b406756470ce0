\dAo btree float_ops
\dAo+ btree float_ops
\dAo gin jsonb_path_ops
\dAo+ gist point_ops
\dAo * pg_catalog.jsonb_path_ops
\dAo hash bool_ops
\dAo nothing
\dAo btree nothing
\dAo+ brin date_minmax_multi_ops
\dAo a.b
\dAo btree a.b.c.d
\dAo btree x.pg_catalog.float_ops
