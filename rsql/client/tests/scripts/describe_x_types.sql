create schema dx_types;
set search_path = dx_types;
create role dx_types_role;
create type color as enum ('red', 'green', 'dark blue');
create type point3 as (x int, y int, z int);
create type span as range (subtype = int4);
create type shell;
create domain small as int;
create table t (a int);
comment on type color is 'a color';
grant usage on type color to dx_types_role;
\dT
\dT+
\dT color
\dT+ color
\dT color[]
\dT+ *[]
\dT t
\dT dx_types.*
\dT+ dx_types.point3
\dTS dx_types.small
\dT "Color"
\dT nothing
\dT a.b.c
\dT a.b.c.d
\dT color extra
drop schema dx_types cascade;
drop role dx_types_role;
