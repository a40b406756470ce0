select 'combining: é' as a, 'wide: 漢字' as b, 'emoji: 🦀👩‍👩‍👧' as c;
select 'zero​width' as z, 'rtl: עברית' as r;
select E'a\tb' as tab, E'a\rb' as cr, E'a\bb' as bs, E'\x7f' as del, E'\u0080' as c1;
select E'x\ny\nz' as three, E'1\n2' as two, 1 as one;
select E'\n' as only_newline, '' as empty, ' ' as blank, E'trail\n' as t;
select 1 as "multi
line header", 'x' as b;
select 1 as "漢字 header", 2 as "tab	header";
select null as a, 'x' as b, null as c;
select '0' as text_zero, 0 as int_zero, 0.0 as num_zero, 'NaN'::float8 as nan, '-Infinity'::float8 as inf;
select true as b, 'a'::char(5) as c, 'a'::name as n, 1::oid as o, 1::bigint as i8, '$1.00'::text as m, 1::money is not null as mm;
select '{1,NULL,"a b"}'::text[] as arr, row(1,null,'x') as rec, '[1,5)'::int4range as rng, '1 2:3'::interval as i;
select '<a>&"b"</a>' as xml, 'back\slash' as bs, '|' as pipe, '"' as dq;
