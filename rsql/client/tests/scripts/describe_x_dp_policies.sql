create schema dx_pol;
set search_path = dx_pol;
create role dx_pol_one;
create role dx_pol_two;
-- One policy a table: psql shows those of one in the order in which they happen to lie.
create table t1 (a int, owner text);
create table t2 (a int, owner text);
create table t3 (a int, owner text);
create table t4 (a int, owner text);
create table t5 (a int, owner text);
create table t6 (a int, owner text);
create policy every on t1 using (a > 0);
create policy "Some" on t2 for select to dx_pol_two, dx_pol_one using (owner = current_user);
create policy narrow on t3 as restrictive for update using (a < 10) with check (a < 5);
create policy inserted on t4 for insert to dx_pol_one with check (a is not null);
create policy removed on t5 as restrictive for delete to dx_pol_two using (false);
create policy nothing on t6 for all;
\dp t*
\z dx_pol.t1
\a
\dp
\a
\pset null '(none)'
\dp
drop schema dx_pol cascade;
drop role dx_pol_one, dx_pol_two;
