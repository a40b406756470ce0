create schema "dx_ünï";
set search_path = "dx_ünï";
create domain "größe" as int;
create domain "漢字" as text;
create type "Ärger" as enum ('ä', '漢');
\dD
\dT+
\dD größe
\dD "gr*"
\dD gr*
\dD 漢*
\dD 漢?
\dT "Ärger"
\dT Ärger
\dn dx_ünï
drop schema "dx_ünï" cascade;
