-- results without columns, in all formats
create temp table none ();
insert into none default values;
insert into none default values;
\pset format aligned
\pset border 0
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 1
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 2
table none;
\t
table none;
\t
\x
table none;
\x
\pset format unaligned
\pset border 0
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 1
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 2
table none;
\t
table none;
\t
\x
table none;
\x
\pset format csv
\pset border 0
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 1
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 2
table none;
\t
table none;
\t
\x
table none;
\x
\pset format html
\pset border 0
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 1
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 2
table none;
\t
table none;
\t
\x
table none;
\x
\pset format asciidoc
\pset border 0
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 1
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 2
table none;
\t
table none;
\t
\x
table none;
\x
\pset format latex
\pset border 0
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 1
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 2
table none;
\t
table none;
\t
\x
table none;
\x
\pset format latex-longtable
\pset border 0
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 1
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 2
table none;
\t
table none;
\t
\x
table none;
\x
\pset format troff-ms
\pset border 0
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 1
table none;
\t
table none;
\t
\x
table none;
\x
\pset border 2
table none;
\t
table none;
\t
\x
table none;
\x
