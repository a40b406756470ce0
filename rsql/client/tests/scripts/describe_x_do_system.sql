\do - int4
\do+ - int4
\do - int4 int4
\do -
\do && anyarray
\do || text text
\do pg_catalog.@-@
\do+ !~~*
\doS &&&
\do &&&
\do <<| point point
\do # box
\do *<* macaddr
\do "+" date int
\do - bool[]
\do @> jsonb jsonb
\do |/ float8
\do ^ *
\do ?|
\do ~* text text
\do "||" text text
