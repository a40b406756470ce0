begin;
\i include/describe_relations.sql
\pset format unaligned
\d customer
\d+ rich
\d owned
\dt fast*
\t on
\d owned
\d fast
\dt fast*
\t off
\x on
\d owned
\d fast
\dt fast*
\x off
\pset format csv
\d customer
\d owned
\dt fast*
\pset format wrapped
\pset columns 50
\d customer
\dt+ fast*
\d+ owned
rollback;
