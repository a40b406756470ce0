select 'select 1 as one' union all select 'select 2 as two' order by 1 \gexec
select format('create temp table gexec_%s (a int)', g) from generate_series(1, 2) g \gexec
select null, 'select 3 as three' \gexec
select 'select 1/0' \gexec
