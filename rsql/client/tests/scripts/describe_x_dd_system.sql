\ddS *_fkey
\dd pg_catalog.int4_ops
\ddS int4_ops
