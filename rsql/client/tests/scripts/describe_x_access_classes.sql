\dAc btree int4
\dAc btree int*
\dAc+ btree text
\dAc gin
\dAc+ gin *array
\dAc hash name
\dAc * bool
\dAc btree pg_catalog.int4
\dAc btree integer
\dAc btree int
\dAc btree "character varying"
\dAc spgist
\dAc nothing
\dAc nothing nothing
\dAc a.b
\dAc btree a.b.c
\dAc btree a.b.c.d
\dAc btree dev.pg_catalog.int4
\dAc btree int4 extra
