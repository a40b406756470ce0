begin;
\i include/describe_relations.sql
create view opted with (check_option = local, security_invoker = true) as select id from customer where id > 3;
create view quoted as select 'a
b' as "two
lines", e'\t' as tab;
\d+ opted
\d+ quoted
create materialized view stored with (fillfactor = 50) as select 1 as a;
alter materialized view stored cluster on nosuch;
rollback;
begin;
\i include/describe_relations.sql
create materialized view stored with (fillfactor = 50) as select 1 as a;
create index stored_a on stored (a);
alter materialized view stored cluster on stored_a;
alter materialized view stored alter a set statistics 5;
\d+ stored
\d stored
\dm
\dm+
rollback;
