create schema dx_path1;
create schema dx_path2;
create domain dx_path1.d as int;
create domain dx_path2.d as text;
create function dx_path1.dx_path_f() returns int language sql as 'select 1';
create function dx_path2.dx_path_f() returns int language sql as 'select 2';
\dD d
\df dx_path_f
set search_path = dx_path1, dx_path2;
\dD d
\df dx_path_f
\sf dx_path_f
set search_path = dx_path2, dx_path1;
\dD d
\df dx_path_f
\sf dx_path_f
\dD *.d
\df *.dx_path_f
set search_path = '';
\dD d
\dD dx_path1.d
\sf dx_path_f
\sf dx_path1.dx_path_f
set search_path = dx_path1, pg_catalog;
create function lower(text) returns text language sql as 'select 1::text';
\df lower
\dfS lower
\df pg_catalog.lower
reset search_path;
drop schema dx_path1 cascade;
drop schema dx_path2 cascade;
