-- borders that no format knows
\pset border 3
\pset format aligned
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format html
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format asciidoc
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex-longtable
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format troff-ms
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset border 4
\pset format aligned
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format html
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format asciidoc
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex-longtable
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format troff-ms
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset border 10
\pset format aligned
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format html
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format asciidoc
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex-longtable
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format troff-ms
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset border -1
\pset format aligned
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format html
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format asciidoc
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex-longtable
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format troff-ms
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset border 70000
\pset format aligned
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format html
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format asciidoc
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex-longtable
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format troff-ms
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset border 65536
\pset format aligned
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format html
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format asciidoc
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format latex-longtable
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
\pset format troff-ms
select 1 as a, 'x' as b;
\x
select 1 as a, 'x' as b;
\x
