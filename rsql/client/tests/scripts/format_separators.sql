-- field and record separators
create temp table t as select n, 'a' || n as t, null as x from generate_series(1, 3) n;
\pset format unaligned
\pset fieldsep '|'
\pset recordsep '\n'
table t;
\t on
table t;
\x on
table t;
\t off
table t;
\C title
table t;
\C
\x off
\pset fieldsep ','
\pset recordsep '; '
table t;
\t on
table t;
\x on
table t;
\t off
table t;
\C title
table t;
\C
\x off
\pset fieldsep ''
\pset recordsep ''
table t;
\t on
table t;
\x on
table t;
\t off
table t;
\C title
table t;
\C
\x off
\pset fieldsep '\t'
\pset recordsep '\r\n'
table t;
\t on
table t;
\x on
table t;
\t off
table t;
\C title
table t;
\C
\x off
\pset fieldsep 'ab'
\pset recordsep 'c\nd'
table t;
\t on
table t;
\x on
table t;
\t off
table t;
\C title
table t;
\C
\x off
\pset fieldsep '漢'
\pset recordsep '—'
table t;
\t on
table t;
\x on
table t;
\t off
table t;
\C title
table t;
\C
\x off
\pset fieldsep '\''
\pset recordsep '"'
table t;
\t on
table t;
\x on
table t;
\t off
table t;
\C title
table t;
\C
\x off
