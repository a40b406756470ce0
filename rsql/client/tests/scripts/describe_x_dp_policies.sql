create schema dx_pol;
set search_path = dx_pol;
create role dx_pol_one;
create role dx_pol_two;
create table t (a int, owner text);
create policy every on t using (a > 0);
create policy "Some" on t for select to dx_pol_two, dx_pol_one using (owner = current_user);
create policy narrow on t as restrictive for update using (a < 10) with check (a < 5);
create policy inserted on t for insert to dx_pol_one with check (a is not null);
create policy removed on t as restrictive for delete to dx_pol_two using (false);
create policy nothing on t for all;
\dp t
\z dx_pol.t
\a
\dp
\a
\pset null '(none)'
\dp
drop schema dx_pol cascade;
drop role dx_pol_one, dx_pol_two;
