create schema dx_do;
set search_path = dx_do, pg_catalog;
create function eq(int, text) returns bool language sql immutable as 'select true';
create function neg(text) returns text language sql immutable as 'select $1';
comment on function eq(int, text) is 'of the function';
create operator === (leftarg = int, rightarg = text, function = eq);
create operator !!! (rightarg = text, function = neg);
create operator @@@ (leftarg = int, rightarg = text, function = eq);
comment on operator !!! (none, text) is 'of the operator';
\do
\do+
\do ===
\do+ ===
\do !!!
\do+ dx_do.*
\do dx_do.@@@
\do === int text
\do === int
\do !!! text
\do+ !!! *
\do === int4 *
\do === * text extra1 extra2
\do === - text
\do === text -
\do !!! - text
\do a.b.c
\do a.b.c.d
\do === a.b.c
\do === int a.b.c.d
drop schema dx_do cascade;
