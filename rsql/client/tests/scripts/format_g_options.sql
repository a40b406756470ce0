-- options for one statement
create temp table t as select n, 'text ' || n as t from generate_series(1, 3) n;
table t \g (format=html title='x')
table t \g (format=html title='x y' tableattr='a=b' border=0)
table t \g (format=csv csv_fieldsep=';')
table t \g (format=unaligned fieldsep='*' footer=off)
table t \g (format=unaligned tuples_only=on recordsep='/')
table t \g (format=latex border=3)
table t \g (format=latex-longtable)
table t \g (format=asciidoc)
table t \g (format=troff-ms)
table t \g (format=wrapped columns=8)
table t \g (linestyle=unicode border=2 unicode_border_linestyle=double)
table t \g (null=nothing footer=off title=t)
table t \g ( format=csv )
table t \g (format=csv tuples_only)
table t \g (footer)
table t \g (format=csv) out.csv
\! cat out.csv
table t \g (format=html) | cat
table t \g (format=bad)
table t \g (nothing=bad)
table t \g (border=3
table t \g (border=3) (border=2)
\pset
table t;
