\cd include
\i one.sql
\! basename $(pwd)
\cd /nonexistent
\cd ..
\i include/one.sql
