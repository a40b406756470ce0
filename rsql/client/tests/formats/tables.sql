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
\pset border 0
\pset tuples_only off
select * from mixed;
select * from lines;
select id, "text" from mixed where false;
select 1 as only;
\pset tuples_only on
select * from mixed;
select * from lines;
select id, "text" from mixed where false;
select 1 as only;
\pset tuples_only off
\pset title 'a title
of two lines'
select * from mixed;
\pset title
\pset footer off
select * from lines;
select 1 where false;
\pset footer on
select;
select from generate_series(1, 3);
select where false;
\pset border 1
\pset tuples_only off
select * from mixed;
select * from lines;
select id, "text" from mixed where false;
select 1 as only;
\pset tuples_only on
select * from mixed;
select * from lines;
select id, "text" from mixed where false;
select 1 as only;
\pset tuples_only off
\pset title 'a title
of two lines'
select * from mixed;
\pset title
\pset footer off
select * from lines;
select 1 where false;
\pset footer on
select;
select from generate_series(1, 3);
select where false;
\pset border 2
\pset tuples_only off
select * from mixed;
select * from lines;
select id, "text" from mixed where false;
select 1 as only;
\pset tuples_only on
select * from mixed;
select * from lines;
select id, "text" from mixed where false;
select 1 as only;
\pset tuples_only off
\pset title 'a title
of two lines'
select * from mixed;
\pset title
\pset footer off
select * from lines;
select 1 where false;
\pset footer on
select;
select from generate_series(1, 3);
select where false;
\pset border 3
\pset tuples_only off
select * from mixed;
select * from lines;
select id, "text" from mixed where false;
select 1 as only;
\pset tuples_only on
select * from mixed;
select * from lines;
select id, "text" from mixed where false;
select 1 as only;
\pset tuples_only off
\pset title 'a title
of two lines'
select * from mixed;
\pset title
\pset footer off
select * from lines;
select 1 where false;
\pset footer on
select;
select from generate_series(1, 3);
select where false;
