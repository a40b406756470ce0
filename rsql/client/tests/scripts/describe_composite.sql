begin;
\i include/describe_relations.sql
create type deep as (a address, b address[], c numeric(5,1), d shop.mood);
\d deep
\d+ deep
create table uses of deep;
\d+ uses
alter type deep drop attribute c cascade;
\d deep
rollback;
