create schema dx_df;
set search_path = dx_df;
create function plain() returns int language sql as 'select 1';
create function args(a int, b text default 'x', variadic c int[] default '{}') returns setof text language sql stable as 'select $2';
create function outs(in a int, out b int, out c text) language sql immutable strict as 'select 1, $$x$$';
create function tabled(n int) returns table (a int, b text) language plpgsql parallel safe security definer as 'begin end';
create function body(a int) returns int language sql return a + 1;
create function atomic(a int) returns int language sql begin atomic select a; select a + 1; end;
create procedure proc(a int, inout b int) language plpgsql as 'begin end';
create function trig() returns trigger language plpgsql as $$ begin
  return new;
end $$;
create aggregate agg (int) (sfunc = int4pl, stype = int);
create function win() returns int8 language internal window as 'window_row_number';
comment on function plain() is 'a plain one';
\df
\dfn
\dfa
\dfp
\dft
\dfw
\dfnt
\dfpw
\dfanptw
\dfap
\df p*
\df nothing
\df dx_df.args
\df "Args"
\df a.b.c
\df a.b.c.d
\df dev.dx_df.plain
drop schema dx_df cascade;
