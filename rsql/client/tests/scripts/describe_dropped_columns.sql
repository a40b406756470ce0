begin;
\i include/describe_relations.sql
create table t (a int, b int, c int);
alter table t drop column a, drop column b, drop column c;
\d t
\d+ t
alter table t add column d text;
\d t
comment on table t is e'line one\nline two';
\dt+ t
rollback;
