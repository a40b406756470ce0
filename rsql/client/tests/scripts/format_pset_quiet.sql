-- nothing is confirmed when quiet, but errors and the list are shown
\set QUIET on
\pset format ''
\pset format
\pset format x
\pset format a
\pset format L
\pset format latex-
\pset format latex
\pset format Latex-Longtable
\pset format TROFF
\pset format h
\pset format asc
\pset linestyle ''
\pset linestyle
\pset linestyle o
\pset linestyle u
\pset linestyle foo
\pset linestyle asciix
\pset unicode_border_linestyle
\pset unicode_border_linestyle ''
\pset unicode_border_linestyle d
\pset unicode_border_linestyle foo
\pset unicode_column_linestyle DOUBLE
\pset unicode_column_linestyle foo
\pset unicode_header_linestyle double
\pset unicode_header_linestyle foo
\pset border -1
\pset border 70000
\pset border x
\pset border ''
\pset border
\pset border 3
\pset columns -5
\pset columns 3000000000
\pset columns
\pset columns 99999999999999999999
\pset columns ' 12x'
\pset pager
\pset pager always
\pset pager foo
\pset pager on
\pset pager_min_lines -3
\pset pager_min_lines 1
\pset pager_min_lines
\pset expanded
\pset expanded auto
\pset x
\pset vertical foo
\pset expanded on
\pset x ''
\pset csv_fieldsep ''
\pset csv_fieldsep ab
\pset csv_fieldsep '"'
\pset csv_fieldsep '\n'
\pset csv_fieldsep '\t'
\pset csv_fieldsep é
\pset csv_fieldsep
\pset fieldsep
\pset fieldsep ''
\pset fieldsep '\t'
\pset fieldsep_zero
\pset fieldsep_zero off
\pset recordsep
\pset recordsep ''
\pset recordsep_zero
\pset recordsep '\n'
\pset recordsep 'a\nb'
\pset null
\pset null ''
\pset null "a'b\c"
\pset title
\pset title ''
\pset title 'a b'
\pset C x
\C
\C y z
\C 'y z'
\pset tableattr
\pset tableattr 'a="b"'
\pset T
\T
\T 'a="b"'
\T a b
\pset t
\pset tuples_only
\pset tuples_only foo
\pset tuples_only on
\pset tuples_only ''
\pset footer
\pset footer on
\pset footer foo
\pset numericlocale
\pset numericlocale on
\pset numericlocale foo
\pset foo
\pset foo bar
\pset ''
\pset FORMAT
\pset format aligned extra args
\pset
\H
\H
\html
\html
\a
\a
\H
\a
\f
\f x
\t
\t foo
\t on
\x
\x auto
\x foo
\x on extra
\pset
