begin;
\i include/describe_relations.sql
\d customer
\d line
\d orders
\d tagged
alter table customer force row level security;
\d customer
alter table customer disable row level security;
\d customer
rollback;
