-- table attributes, where they count
create temp view mixed as
select * from (values
  (1, 'plain', 1.5::numeric, null::text, true),
  (22, E'two\nlines', -10, 'x', false),
  (333, E'tab\there', 1234567.891, '', null),
  (-4, '漢字', 0, E'a\n\nb\n', true),
  (null, E' <a href="x">&\\|_%#$^~{}', 12, '  ', false)
) as v (id, "text", num, "a|b", "f<g>");
create temp view lines as
select 1 as "one
two", E'first\nsecond line\nthird' as "x", 'é' as "long header
in
three lines"
union all
select 20, 'one', E'a\nb\nc\nd\ne';
\pset format html
\pset tableattr 'border="9" width=50%'
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format html
\pset tableattr 0.1
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format html
\pset tableattr '0.1 0.25'
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format html
\pset tableattr '	0.5  0.2 0.3 0.4 0.5 0.6 '
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format html
\pset tableattr ''
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format latex-longtable
\pset tableattr 'border="9" width=50%'
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format latex-longtable
\pset tableattr 0.1
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format latex-longtable
\pset tableattr '0.1 0.25'
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format latex-longtable
\pset tableattr '	0.5  0.2 0.3 0.4 0.5 0.6 '
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format latex-longtable
\pset tableattr ''
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format aligned
\pset tableattr 'border="9" width=50%'
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format aligned
\pset tableattr 0.1
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format aligned
\pset tableattr '0.1 0.25'
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format aligned
\pset tableattr '	0.5  0.2 0.3 0.4 0.5 0.6 '
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format aligned
\pset tableattr ''
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format asciidoc
\pset tableattr 'border="9" width=50%'
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format asciidoc
\pset tableattr 0.1
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format asciidoc
\pset tableattr '0.1 0.25'
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format asciidoc
\pset tableattr '	0.5  0.2 0.3 0.4 0.5 0.6 '
select * from mixed;
\x
select id from mixed limit 1;
\x
\pset format asciidoc
\pset tableattr ''
select * from mixed;
\x
select id from mixed limit 1;
\x
\T
select * from mixed;
\T a=b
\H
select 1;
\T 'a="b c"'
select 2;
\pset T
select 3;
