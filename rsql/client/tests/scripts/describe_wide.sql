begin;
\i include/describe_relations.sql
create table "Ünïcödé 漢字" ("日本語" text default '漢字', "emoji 🎉" int);
\d "Ünïcödé 漢字"
\d+ "Ünïcödé 漢字"
\dt *漢字
create index "ıdx" on "Ünïcödé 漢字" ("日本語");
\d "ıdx"
\d Ü*
rollback;
