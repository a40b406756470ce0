begin;
\i include/describe_relations.sql
\d log*
\d shop.q*
\d shop.(quiet|fast)
\d *_code_seq
\dt log log_2023
\dt 'log'
\dt "log"
\dt log;
\d fast;
\d fast quiet
\set t fast
\d :t
\d :"t"
\d :'t'
\dt :t*
\dt ``
\dt ''
\dt ""
\d ''
\d ""
rollback;
