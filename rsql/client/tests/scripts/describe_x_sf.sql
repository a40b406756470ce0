create schema dx_sf;
set search_path = dx_sf;
create function plain(a int, b text default 'x''y') returns int language sql as 'select 1';
create function body(a int) returns int language sql return a + 1;
create function atomic(a int) returns int language sql begin atomic select a; select a + 1; end;
create function many() returns int language plpgsql stable strict as $$
declare
  x int;
begin
  -- AS in the body
  x := 1;

  return x;
end
$$;
create procedure proc(inout a int) language plpgsql as $$begin a := 1; end$$;
create function two(int) returns int language sql as 'select 1';
create function two(text) returns int language sql as 'select 1';
create function quoted() returns text language sql as 'select ''$function$''';
create function "Odd Name"() returns text language sql as 'select 1::text';
\sf plain
\sf+ plain
\sf plain(int, text)
\sf+ body
\sf body(integer)
\sf atomic
\sf+ atomic
\sf many
\sf+ many
\sf+ proc
\sf two
\sf two(int)
\sf two(text)
\sf+ two(text);
\sf quoted
\sf "Odd Name"
\sf dx_sf."Odd Name"()
\sf  dx_sf.plain   
drop schema dx_sf cascade;
