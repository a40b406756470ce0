create schema dx_ext;
create extension cube schema dx_ext;
create extension earthdistance schema dx_ext;
\dx cube
\dx cube|earth*
\dx+ cube
\dx+ (cube|earthdistance)
set search_path = dx_ext;
\dx+ earthdistance
\dx plpgsql
\dx+ plpgsql
\dx nothing
\dx+ nothing
\echo after
\dx a.b
\dx+ a.b
\dx cube extra
\dxS cube
\set QUIET on
\dx+ nothing
\echo after
drop extension earthdistance;
drop extension cube;
drop schema dx_ext;
