begin;
\i include/describe_relations.sql
create table d (a int default 1 + 2, b text default 'it''s', c timestamptz default now(), d serial, e bit(3) default b'101',
  f int[] default array[1, 2], g text collate "de-x-icu", h interval default '1 day', i char(4), j varchar, k numeric(10, 3), l "char",
  m int generated always as (a * 2) stored not null, n timestamp(3) with time zone, o float default 'NaN', p json default '{"a": 1}');
\d d
\d+ d
rollback;
