-- what one option does to the list of all
\pset
\pset border 2
\pset
\pset columns 99
\pset
\pset csv_fieldsep '\t'
\pset
\x auto
\pset
\f 'a\nb'
\pset
\pset fieldsep 'it''s'
\pset
\pset fieldsep_zero
\pset
\pset footer off
\pset
\H
\pset
\pset linestyle unicode
\pset
\pset null '\\N'
\pset
\pset numericlocale on
\pset
\pset pager always
\pset
\pset pager_min_lines 7
\pset
\pset recordsep '\r\n'
\pset
\pset recordsep_zero
\pset
\T 'a'
\pset
\T ''
\pset
\C ''
\pset
\C 'täst'
\pset
\t
\pset
\pset unicode_border_linestyle double
\pset
