-- titles in all formats, wider and narrower than the table
create temp view v as select 1 as a, 'some text' as b;
\pset format aligned
\C 't'
table v;
\x
table v;
\x
\C 'a title that is wider than the table'
table v;
\x
table v;
\x
\C '漢字'
table v;
\x
table v;
\x
\C 'two
lines'
table v;
\x
table v;
\x
\C ''
table v;
\x
table v;
\x
\C ' '
table v;
\x
table v;
\x
\C 'x'
\t
table v;
\t
\C
table v;
\pset format unaligned
\C 't'
table v;
\x
table v;
\x
\C 'a title that is wider than the table'
table v;
\x
table v;
\x
\C '漢字'
table v;
\x
table v;
\x
\C 'two
lines'
table v;
\x
table v;
\x
\C ''
table v;
\x
table v;
\x
\C ' '
table v;
\x
table v;
\x
\C 'x'
\t
table v;
\t
\C
table v;
\pset format csv
\C 't'
table v;
\x
table v;
\x
\C 'a title that is wider than the table'
table v;
\x
table v;
\x
\C '漢字'
table v;
\x
table v;
\x
\C 'two
lines'
table v;
\x
table v;
\x
\C ''
table v;
\x
table v;
\x
\C ' '
table v;
\x
table v;
\x
\C 'x'
\t
table v;
\t
\C
table v;
\pset format html
\C 't'
table v;
\x
table v;
\x
\C 'a title that is wider than the table'
table v;
\x
table v;
\x
\C '漢字'
table v;
\x
table v;
\x
\C 'two
lines'
table v;
\x
table v;
\x
\C ''
table v;
\x
table v;
\x
\C ' '
table v;
\x
table v;
\x
\C 'x'
\t
table v;
\t
\C
table v;
\pset format asciidoc
\C 't'
table v;
\x
table v;
\x
\C 'a title that is wider than the table'
table v;
\x
table v;
\x
\C '漢字'
table v;
\x
table v;
\x
\C 'two
lines'
table v;
\x
table v;
\x
\C ''
table v;
\x
table v;
\x
\C ' '
table v;
\x
table v;
\x
\C 'x'
\t
table v;
\t
\C
table v;
\pset format latex
\C 't'
table v;
\x
table v;
\x
\C 'a title that is wider than the table'
table v;
\x
table v;
\x
\C '漢字'
table v;
\x
table v;
\x
\C 'two
lines'
table v;
\x
table v;
\x
\C ''
table v;
\x
table v;
\x
\C ' '
table v;
\x
table v;
\x
\C 'x'
\t
table v;
\t
\C
table v;
\pset format latex-longtable
\C 't'
table v;
\x
table v;
\x
\C 'a title that is wider than the table'
table v;
\x
table v;
\x
\C '漢字'
table v;
\x
table v;
\x
\C 'two
lines'
table v;
\x
table v;
\x
\C ''
table v;
\x
table v;
\x
\C ' '
table v;
\x
table v;
\x
\C 'x'
\t
table v;
\t
\C
table v;
\pset format troff-ms
\C 't'
table v;
\x
table v;
\x
\C 'a title that is wider than the table'
table v;
\x
table v;
\x
\C '漢字'
table v;
\x
table v;
\x
\C 'two
lines'
table v;
\x
table v;
\x
\C ''
table v;
\x
table v;
\x
\C ' '
table v;
\x
table v;
\x
\C 'x'
\t
table v;
\t
\C
table v;
