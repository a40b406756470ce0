-- zero bytes between fields and records
create temp table t as select n, 'a' || n as t from generate_series(1, 2) n;
\pset format unaligned
\pset fieldsep_zero
table t;
\pset recordsep_zero
table t;
\t on
table t;
\x on
table t;
\t off
table t;
\x off
\pset footer off
table t;
\C t
table t;
select 1 where false;
\pset fieldsep ,
table t;
\pset recordsep '\n'
table t;
