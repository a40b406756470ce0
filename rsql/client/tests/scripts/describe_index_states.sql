begin;
\i include/describe_relations.sql
create table states (a int, b int, constraint plain_unique unique (a), exclude using btree (b with =) deferrable);
create index broken on states (a, b);
update pg_index set indisvalid = false where indexrelid = 'broken'::regclass;
create index upside on states (b desc, a asc nulls first);
create index partial on states (a) where a is not null and b < 10;
create index expr on states ((a + b), abs(a));
create index on states using brin (a int4_minmax_multi_ops (values_per_range = 16)) with (pages_per_range = 2);
create index on states using gin ((array[a, b]));
alter table states cluster on upside;
\d states
\d+ states
\d broken
\d upside
\d partial
\d expr
rollback;
