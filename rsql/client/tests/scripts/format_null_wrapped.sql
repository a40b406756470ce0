-- a long text for NULL is wrapped as data is
create temp view v as select null as a, 'x' as b, null::int as c union all select 'y', null, 1;
\pset format wrapped
\pset null 'this is a long text for nothing, 漢字'
\pset columns 80
table v;
\x
table v;
\x
\pset columns 60
table v;
\x
table v;
\x
\pset columns 40
table v;
\x
table v;
\x
\pset columns 30
table v;
\x
table v;
\x
\pset columns 20
table v;
\x
table v;
\x
