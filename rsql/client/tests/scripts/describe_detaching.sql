begin;
create schema detaching;
set local search_path = detaching;
create table p (a int) partition by range (a);
create table p1 partition of p for values from (1) to (2);
create table p2 partition of p for values from (2) to (3) partition by list (a);
create table p3 partition of p default;
update pg_inherits set inhdetachpending = true where inhrelid in ('p1'::regclass, 'p2'::regclass);
\d p1
\d+ p1
\d+ p
\d p3
\d+ p3
rollback;
