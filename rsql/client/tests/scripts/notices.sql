do $$ begin raise notice 'one'; raise notice E'two\nlines'; end $$;
create temp table t (a int primary key);
create temp table if not exists t (a int);
drop table if exists nowhere;
set client_min_messages = warning;
drop table if exists nowhere;
