create schema dx_coll;
set search_path = dx_coll;
create collation one from "C";
create collation two (locale = 'POSIX');
create collation three (provider = icu, locale = 'de-u-co-phonebk');
create collation four (provider = icu, locale = 'und', deterministic = false);
comment on collation one is 'the first';
\dO
\dO+
\dO one
\dO+ dx_coll.t*
\dOS "POSIX"
\dO "C"
\dO posix
\dO nothing
\dO a.b.c
\dO a.b.c.d
\dO one extra
drop schema dx_coll cascade;
