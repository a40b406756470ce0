-- which types stand on the right
select 1::int2, 1::int4, 1::int8, 1::oid, 1::numeric, 1::float4, 1::float8, 1::money, '1'::xid, '1'::cid, '1'::xid8;
select '1'::text, true, '1'::"char", date '2020-01-01', interval '1 day', array[1], '{}'::json, 'a'::name, '(0,1)'::tid, '0/1'::pg_lsn, 'pg_class'::regclass, '1'::bit, int4range(1, 2), '1.2.3.4'::inet;
\pset border 2
select 1::int2 as shrt, 'pg_class'::regclass, 'int4'::regtype, '\x00'::bytea;
\H
select 1::int2 as shrt, 'pg_class'::regclass, '1'::xid, '1'::xid8, 1::money;
\pset format latex
select 1::int2 as shrt, 'pg_class'::regclass, '1'::xid, '1'::xid8, 1::money;
