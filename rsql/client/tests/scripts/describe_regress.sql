-- Corners that PostgreSQL's own tests visit in passing.
begin;
create schema regress;
set local search_path = regress;
set client_min_messages = error;
create table constraints (a int check (a > 0) not null, b text constraint c_named check (b ~ '^x') no inherit, unique (a, b) include (b));
alter table constraints add constraint later check (a < 100) not valid;
alter table constraints alter a set (n_distinct = 5), set (autovacuum_enabled = off);
\d constraints
\d+ constraints
create table selfish (id int primary key, up int references selfish (id) match full on update cascade on delete set null);
create table multi (a int, b int, foreign key (a) references selfish, constraint two foreign key (b) references selfish not valid);
\d selfish
\d multi
create table parts (a int, b text) partition by list (b collate "C");
create table parts_x partition of parts for values in ('x', 'y', null) with (fillfactor = 50);
create table parts_rest partition of parts default partition by range (a);
create table parts_rest_1 partition of parts_rest for values from (minvalue) to (maxvalue);
\d+ parts
\d+ parts_x
\d+ parts_rest
\d+ parts_rest_1
create table hashed (a int) partition by hash (a);
create table hashed_0 partition of hashed for values with (modulus 2, remainder 0);
create table hashed_1 partition of hashed for values with (modulus 2, remainder 1);
\d+ hashed
\d hashed_1
rollback;
begin;
create schema regress;
set local search_path = regress;
create table points (p point, b box, l line, c circle, t tsvector, i inet, m money, u uuid, j jsonb, r int4range, a int[][]);
create index on points using gist (p);
create index on points using spgist (b);
create index on points using gin (j jsonb_path_ops);
create index on points using gin (to_tsvector('english', j));
create index points_u on points (u) with (deduplicate_items = off);
\d+ points
\d points_u
\d+ points_to_tsvector_idx
create function one() returns int language sql immutable as 'select 1';
rollback;
begin;
create schema regress;
set local search_path = regress;
create function one() returns int language sql immutable as 'select 1';
create sequence s;
create table calls (a int default one(), b int generated always as (one() + 1) stored, c int default nextval('s'));
alter sequence s owned by calls.c;
create view v_calls as select a, b from calls with cascaded check option;
create rule upd as on update to v_calls do instead (update calls set a = new.a where a = old.a; notify s);
create or replace rule del as on delete to v_calls do instead nothing;
\d calls
\d s
\d+ v_calls
alter table calls set schema public;
\d s
\d public.calls
rollback;
