create function pg_temp.f(i int) returns int language plpgsql as $$ begin raise notice 'note %', i; raise exception 'bad %', i using detail = 'a detail', hint = 'a hint'; end $$;
select pg_temp.f(1);
\set SHOW_CONTEXT always
select pg_temp.f(2);
\set SHOW_CONTEXT NEVER
select pg_temp.f(3);
\set VERBOSITY verbose
\set VERBOSITY terse
select pg_temp.f(4);
\set VERBOSITY sqlstate
select pg_temp.f(5);
\set VERBOSITY default
\set SHOW_CONTEXT errors
select pg_temp.f(6);
\unset SHOW_CONTEXT
select pg_temp.f(7);
