\df now
\df pg_catalog.lower
\dfS lower
\df+ lower
\df *.lower
\df upper text
\df substr* text int
\df substring "char*" *
\df *sin float8
\dfa max int4
\dfa pg_catalog.count
\dfw rank
\df information_schema._pg_truetypid
\df information_schema.*
\dfS "nothing"
