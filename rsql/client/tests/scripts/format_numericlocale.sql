-- digits in groups
create temp view v as select 1::int2 as a, 1234::int4 as b, -123456789012::int8 as c, 12345.6789::numeric as d, 1234567.5::float8 as e, 1e20::float8 as f, 'NaN'::numeric as g, '12345' as text, 123456.78::money as m, 1234567::oid as o, 'Infinity'::float8 as i, -0.00001::numeric as s, 1e-7::float8 as tiny, array[12345] as arr, '1234567'::xid as x;
\pset numericlocale on
\pset format aligned
table v;
\x
table v;
\x
\pset format unaligned
table v;
\x
table v;
\x
\pset format csv
table v;
\x
table v;
\x
\pset format html
table v;
\x
table v;
\x
\pset format asciidoc
table v;
\x
table v;
\x
\pset format latex
table v;
\x
table v;
\x
\pset format troff-ms
table v;
\x
table v;
\x
\pset format wrapped
\pset columns 60
table v;
\pset numericlocale
table v;
select 12345 as a \g (numericlocale=on)
select count(*) * 100000 from generate_series(1, 12345);
