\dfx
\dfanq now
\dfan+S now
\df+S now
\dfz
\df1
\dfS+ pg_catalog.now
\dfnS now
\dftS now
\dfaS now
\dfwS rank
\dfpS nothing
\dfaaa max int4
\dfn"x"
\echo still here
