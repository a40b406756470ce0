begin;
\i include/describe_relations.sql
\pset border 0
\d customer
\d owned
\pset border 2
\d customer
\d owned
\dt fast*
\pset linestyle unicode
\d fast
\pset border 1
\d+ customer
\pset linestyle old-ascii
\d+ customer
rollback;
