-- a result that fails prints nothing of it
select 1 / (3 - n) from generate_series(1, 5) n;
\pset format unaligned
select 1 / (3 - n) from generate_series(1, 5) n;
\H
select 1 / (3 - n) from generate_series(1, 5) n;
select 1 as a\; select 1 / (3 - n) from generate_series(1, 5) n\; select 2 as b;
\pset format csv
select 1 as a\; select 1 / (3 - n) from generate_series(1, 5) n\; select 2 as b;
