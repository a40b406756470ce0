\db pg_default
\db pg_*
\db nothing
\db a.b
\dbS pg_global
\db pg_default extra
