begin;
\i include/describe_relations.sql
\if true \d fast \else \d quiet \endif
\set name 'fast'
\d :name \d :"name" \dt :'name'
\if false
\d `echo not run`
\endif
\d `echo fast`
\dt `echo fast` extra
\d fast -- comment
\d fast extra "third"
\dt+x fast
select 1 as a \d fast
\g
\d fast;
\d fast ;
\dt "fast";
rollback;
