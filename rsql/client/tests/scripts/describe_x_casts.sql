create schema dx_cast;
create type dx_cast.celsius as (degrees float8);
create type dx_cast.kelvin as (degrees float8);
create function dx_cast.to_kelvin(dx_cast.celsius) returns dx_cast.kelvin language sql as 'select row(($1).degrees + 273.15)::dx_cast.kelvin';
create cast (dx_cast.celsius as dx_cast.kelvin) with function dx_cast.to_kelvin(dx_cast.celsius) as implicit;
create cast (dx_cast.kelvin as text) with inout as assignment;
create cast (dx_cast.celsius as bytea) with inout;
comment on cast (dx_cast.kelvin as text) is 'shows degrees';
\dC celsius
set search_path = dx_cast;
\dC celsius
\dC+ kelvin
\dC dx_cast.*
\dC+ dx_cast.kelvin
\dC int8
\dC bigint
\dC "character varying"
\dC int
\dC pg_catalog.bool
\dC nothing
\dC a.b.c
\dC a.b.c.d
drop schema dx_cast cascade;
