\dAf btree
\dAf+ btree
\dAf btree int4
\dAf+ hash text
\dAf spgist
\dAf gin jsonb
\dAf * bool
\dAf btree *
\dAf btree *.*
\dAf nothing
\dAf brin pg_catalog.date
\dAf a.b
\dAf btree a.b.c.d
\dAf btree x.pg_catalog.int4
