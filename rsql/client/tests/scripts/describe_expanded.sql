begin;
\i include/describe_relations.sql
\x on
\d fast
\d+ fast
\d counter
\dt fast*
\d owned
\dPt
\x auto
\d customer
\d owned
\dt+
\x off
rollback;
