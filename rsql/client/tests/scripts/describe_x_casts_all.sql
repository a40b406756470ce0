\dC
\dC *
