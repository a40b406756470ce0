begin;
\i include/describe_relations.sql
create table "Größe" ("Maß" text default 'ä', check ("Maß" <> 'ö'));
comment on column "Größe"."Maß" is 'größer';
set client_encoding = latin1;
\d+ "Gr"*
\dt "Gr"*
reset client_encoding;
rollback;
