\o d.out
\dT int
\dFp
\dRp+ nothing
\drds nothing
\o
\! cat d.out
\o |tr a-z A-Z
\dT bool
\o
\dT int \g
\dT int \o d2.out \\ \dT bool
\o
\! cat d2.out
