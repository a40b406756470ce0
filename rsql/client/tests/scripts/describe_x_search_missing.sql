\dF nothing
\dF+ nothing
\echo after
\dFp nothing
\dFp+ nothing
\dFd nothing
\dFd+ nothing
\dFt nothing
\dF a.b.c
\dF+ a.b.c.d
\dFd a.b.c
\dFp+ a.b.c
\dFt a.b.c.d
\dFz
\dFpx default
\set QUIET on
\dF+ nothing
\dFp+ nothing
\echo after
