begin;
create role describe_nobody;
create schema closed;
create table closed.t (a int);
create view closed.v as select * from closed.t;
set local role describe_nobody;
\d closed.t
\d+ closed.v
\dt closed.*
\dt
reset role;
rollback;
