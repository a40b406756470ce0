\set VERBOSITY verbose
select 1/0 as "DIV";
\set VERBOSITY terse
select nope;
\set VERBOSITY sqlstate
select nope;
\set VERBOSITY default
\set SHOW_CONTEXT always
do $$ begin raise notice 'n'; end $$;
\set SHOW_CONTEXT never
do $$ begin perform 1/0; end $$;
\set VERBOSITY nonsense
