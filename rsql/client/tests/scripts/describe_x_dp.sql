create schema dx_dp;
set search_path = dx_dp;
create role dx_dp_one;
create role dx_dp_two;
create table t (a int, b int, c int);
create view v as select a from t;
create materialized view m as select a from t;
create sequence s;
create table p (a int) partition by list (a);
create table untouched ();
grant select on t to dx_dp_one;
grant insert, update on t to dx_dp_two with grant option;
grant select (a), update (b) on t to dx_dp_two;
grant select (b) on t to public;
grant all on v to public;
grant usage on sequence s to dx_dp_one;
revoke all on m from current_user;
\dp
\z
\dp t
\dp dx_dp.*
\z v
\dp+ s
\z nothing
\dp a.b.c
\dp a.b.c.d
\z a.b.c.d
\dp t extra
\z t extra
\z "T"
\x
\z t
drop schema dx_dp cascade;
drop role dx_dp_one, dx_dp_two;
