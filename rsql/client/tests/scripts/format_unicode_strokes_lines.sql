-- double strokes and cells of several lines, in the unicode style
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
\pset linestyle unicode
\pset unicode_border_linestyle single
\pset unicode_column_linestyle single
\pset unicode_header_linestyle single
\pset border 0
select * from lines;
\x
select * from lines;
\x
\pset border 1
select * from lines;
\x
select * from lines;
\x
\pset border 2
select * from lines;
\x
select * from lines;
\x
\pset unicode_border_linestyle single
\pset unicode_column_linestyle single
\pset unicode_header_linestyle double
\pset border 0
select * from lines;
\x
select * from lines;
\x
\pset border 1
select * from lines;
\x
select * from lines;
\x
\pset border 2
select * from lines;
\x
select * from lines;
\x
\pset unicode_border_linestyle single
\pset unicode_column_linestyle double
\pset unicode_header_linestyle single
\pset border 0
select * from lines;
\x
select * from lines;
\x
\pset border 1
select * from lines;
\x
select * from lines;
\x
\pset border 2
select * from lines;
\x
select * from lines;
\x
\pset unicode_border_linestyle single
\pset unicode_column_linestyle double
\pset unicode_header_linestyle double
\pset border 0
select * from lines;
\x
select * from lines;
\x
\pset border 1
select * from lines;
\x
select * from lines;
\x
\pset border 2
select * from lines;
\x
select * from lines;
\x
\pset unicode_border_linestyle double
\pset unicode_column_linestyle single
\pset unicode_header_linestyle single
\pset border 0
select * from lines;
\x
select * from lines;
\x
\pset border 1
select * from lines;
\x
select * from lines;
\x
\pset border 2
select * from lines;
\x
select * from lines;
\x
\pset unicode_border_linestyle double
\pset unicode_column_linestyle single
\pset unicode_header_linestyle double
\pset border 0
select * from lines;
\x
select * from lines;
\x
\pset border 1
select * from lines;
\x
select * from lines;
\x
\pset border 2
select * from lines;
\x
select * from lines;
\x
\pset unicode_border_linestyle double
\pset unicode_column_linestyle double
\pset unicode_header_linestyle single
\pset border 0
select * from lines;
\x
select * from lines;
\x
\pset border 1
select * from lines;
\x
select * from lines;
\x
\pset border 2
select * from lines;
\x
select * from lines;
\x
\pset unicode_border_linestyle double
\pset unicode_column_linestyle double
\pset unicode_header_linestyle double
\pset border 0
select * from lines;
\x
select * from lines;
\x
\pset border 1
select * from lines;
\x
select * from lines;
\x
\pset border 2
select * from lines;
\x
select * from lines;
\x
