\if false
\df nothing
\l+ a.b
\sf nothing
\dAz
\dRp+ nothing `echo no`
\else
\dT int
\endif
\if true
\dFp
\endif
