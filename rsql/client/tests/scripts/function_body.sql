create function pg_temp.f(a int) returns int language sql begin atomic
  select 1;
  select a + 1;
end;
select pg_temp.f(1);
create function pg_temp.g() returns text language sql as $$ select 'x;y' $$;
select pg_temp.g();
create or replace function pg_temp.h(a int) returns int begin atomic
  select case when a = 1 then 2 else 3 end;
end;
select pg_temp.h(1);
