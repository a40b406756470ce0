\dcS
\dcS+
\dOS
\dOS+
\dC+
\ddS pg_catalog.*
\dFd
\dFd+
\dF
\dF+
\dLS+
\dnS pg_*
\dpS pg_catalog.pg_*
\z information_schema.*
