\dF english
\dF+ simple
\dF+ pg_catalog.german
\dFp
\dFp+
\dFp+ default
\dFp+ pg_catalog.default
\dFt
\dFt+ s*
\dFd simple
\dFd+ english_stem
\dFS english
\dF *.german
