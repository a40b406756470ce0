create schema dx_dfplus;
set search_path = dx_dfplus;
create role dx_dfplus_role;
create function plain() returns int language sql as 'select 1';
create function tabled(n int) returns table (a int, b text) language plpgsql stable parallel safe security definer as 'begin end';
create function restricted(n int) returns int language sql immutable parallel restricted return n * 2;
create function atomic(a int) returns int language sql begin atomic select a; select a + 1; end;
create procedure proc(a int, inout b int) language plpgsql as $$
begin
  b := a;
end $$;
create aggregate agg (int) (sfunc = int4pl, stype = int);
create function win() returns int8 language internal window as 'window_row_number';
comment on function plain() is 'a plain one';
grant execute on function plain() to dx_dfplus_role;
revoke all on function win() from public;
\df+
\dfa+
\df+p
\dfn+ r*
\dfS+ dx_dfplus.tabled
\x
\df+ atomic
\x
\df+ nothing
drop schema dx_dfplus cascade;
drop role dx_dfplus_role;
