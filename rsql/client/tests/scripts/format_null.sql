-- what stands for NULL, in all formats
create temp view v as select null as a, '' as b, 1 as c union all select 'x', null, null;
\pset format aligned
\pset null ''
table v;
\x
table v;
\x
\pset null '(null)'
table v;
\x
table v;
\x
\pset null '漢字'
table v;
\x
table v;
\x
\pset null 'a
b'
table v;
\x
table v;
\x
\pset null '	'
table v;
\x
table v;
\x
\pset null E'x'
table v;
\x
table v;
\x
\pset null ' '
table v;
\x
table v;
\x
\pset format unaligned
\pset null ''
table v;
\x
table v;
\x
\pset null '(null)'
table v;
\x
table v;
\x
\pset null '漢字'
table v;
\x
table v;
\x
\pset null 'a
b'
table v;
\x
table v;
\x
\pset null '	'
table v;
\x
table v;
\x
\pset null E'x'
table v;
\x
table v;
\x
\pset null ' '
table v;
\x
table v;
\x
\pset format csv
\pset null ''
table v;
\x
table v;
\x
\pset null '(null)'
table v;
\x
table v;
\x
\pset null '漢字'
table v;
\x
table v;
\x
\pset null 'a
b'
table v;
\x
table v;
\x
\pset null '	'
table v;
\x
table v;
\x
\pset null E'x'
table v;
\x
table v;
\x
\pset null ' '
table v;
\x
table v;
\x
\pset format html
\pset null ''
table v;
\x
table v;
\x
\pset null '(null)'
table v;
\x
table v;
\x
\pset null '漢字'
table v;
\x
table v;
\x
\pset null 'a
b'
table v;
\x
table v;
\x
\pset null '	'
table v;
\x
table v;
\x
\pset null E'x'
table v;
\x
table v;
\x
\pset null ' '
table v;
\x
table v;
\x
\pset format asciidoc
\pset null ''
table v;
\x
table v;
\x
\pset null '(null)'
table v;
\x
table v;
\x
\pset null '漢字'
table v;
\x
table v;
\x
\pset null 'a
b'
table v;
\x
table v;
\x
\pset null '	'
table v;
\x
table v;
\x
\pset null E'x'
table v;
\x
table v;
\x
\pset null ' '
table v;
\x
table v;
\x
\pset format latex
\pset null ''
table v;
\x
table v;
\x
\pset null '(null)'
table v;
\x
table v;
\x
\pset null '漢字'
table v;
\x
table v;
\x
\pset null 'a
b'
table v;
\x
table v;
\x
\pset null '	'
table v;
\x
table v;
\x
\pset null E'x'
table v;
\x
table v;
\x
\pset null ' '
table v;
\x
table v;
\x
\pset format latex-longtable
\pset null ''
table v;
\x
table v;
\x
\pset null '(null)'
table v;
\x
table v;
\x
\pset null '漢字'
table v;
\x
table v;
\x
\pset null 'a
b'
table v;
\x
table v;
\x
\pset null '	'
table v;
\x
table v;
\x
\pset null E'x'
table v;
\x
table v;
\x
\pset null ' '
table v;
\x
table v;
\x
\pset format troff-ms
\pset null ''
table v;
\x
table v;
\x
\pset null '(null)'
table v;
\x
table v;
\x
\pset null '漢字'
table v;
\x
table v;
\x
\pset null 'a
b'
table v;
\x
table v;
\x
\pset null '	'
table v;
\x
table v;
\x
\pset null E'x'
table v;
\x
table v;
\x
\pset null ' '
table v;
\x
table v;
\x
