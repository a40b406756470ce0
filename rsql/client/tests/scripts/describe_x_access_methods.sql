\dA
\dA+
\dA btree
\dA+ b*
\dA h*|gin
\dA nothing
\dA a.b
\dAS
\dA btree extra
\dAz
\dA+x
