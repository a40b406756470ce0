select 1 as a, 'x'::varchar(10) as b, 1.5::numeric(10,2), now() as "it's", null as n \gdesc
create table nowhere(a int) \gdesc
select * from nowhere \gdesc
\echo :ERROR :SQLSTATE :ROW_COUNT
select \gdesc
\echo :ERROR :SQLSTATE
selec 1 \gdesc
\gdesc
select $1::int as p, array[1,2] as arr \gdesc
insert into pg_class default values \gdesc
select 1\; select 2 \gdesc
select 1::bit(3), 'a'::char, 'b'::char(5), now()::timestamp(3), interval '1 day'::interval day to second, '{}'::json, row(1,2), null::int[] \gdesc
