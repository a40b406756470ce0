-- characters of no, one and two columns
create temp view v as select * from (values ('a'), ('é'), (U&'e\0301'), ('漢字'), ('ｱｲｳ'), ('ＡＢＣ'), ('😀'), (U&'\200B\200D'), (U&'a\00ADb'), ('한국어'), ('עברית'), ('العربية'), ('ไทย'), (U&'\3000'), (U&'\FEFFx'), ('﷽'), (U&'\0300'), ('─│┼'), (U&'\+01F1E9\+01F1EA'), (U&'\+020000'), (U&'\1100\1161\11A8'), ('naïve café')) as v (text);
table v;
\pset border 2
table v;
\pset linestyle unicode
table v;
\x
table v;
\x
\pset format wrapped
\pset columns 6
table v;
\x
table v;
\x
\pset columns 0
\pset format unaligned
table v;
select 1 as "漢字", 2 as "é", 3 as "😀😀";
\pset format aligned
select 1 as "漢字", 2 as "é", 3 as "😀😀", 'xxxxxxxxx' as "字";
\x
select 1 as "漢字", 2 as "é", 3 as "😀😀", 'xxxxxxxxx' as "字";
