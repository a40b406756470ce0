copy (select g from generate_series(1, 5) g) to stdout \g
copy (select 1) to stdout \g copy_g.tmp
\! cat copy_g.tmp; rm copy_g.tmp
\o copy_o.tmp
copy (select 2) to stdout;
\copy (select 3) to stdout
select 4 as four;
\o
\! cat copy_o.tmp; rm copy_o.tmp
copy (select 1/0) to stdout;
copy (select 1) to stdout binary \g copy_b.tmp
\! od -c copy_b.tmp | head -3; rm copy_b.tmp
