-- column names that markup must not take for its own
create temp view v as select 1 as "a|b", 'x' as "<b>&amp;", 'y' as "_%#$~^{}\", 'z' as " lead", 'v' as "?column?" ;
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
\pset format latex-longtable
table v;
\x
table v;
\x
\pset format troff-ms
table v;
\x
table v;
\x
