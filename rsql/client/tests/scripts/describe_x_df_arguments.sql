create schema dx_dfarg;
set search_path = dx_dfarg;
create type color as enum ('red');
create domain posint as int;
create function f() returns int language sql as 'select 1';
create function f(int) returns int language sql as 'select 1';
create function f(int, text) returns int language sql as 'select 1';
create function f(int[], text) returns int language sql as 'select 1';
create function f(varchar, float8, numeric) returns int language sql as 'select 1';
create function f(color) returns int language sql as 'select 1';
create function f(timestamptz, posint) returns int language sql as 'select 1';
create function f(timestamptz[], bool[]) returns int language sql as 'select 1';
\df f
\df f int
\df f integer
\df f int4
\df f INT
\df f int text
\df f int -
\df f int *
\df f * *
\df f * * *
\df f *.* *.*
\df f -
\df f - -
\df f int[]
\df f int4[] text
\df f integer[] *
\df f varchar float decimal
\df f "character varying" *
\df f col*
\df f dx_dfarg.color
\df f *.color
\df f timestamptz
\df f timestamptz[] bool[]
\df f * posint
\df f a.b.c
\df f int a.b.c.d
\df f int a.b.c
\df f dev.pg_catalog.int4
\df f int text -
\df f int text - - -
\df * color
drop schema dx_dfarg cascade;
