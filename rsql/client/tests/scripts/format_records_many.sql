-- numbers of records grow wider
\x
select n as a from generate_series(1, 12) n;
\pset border 0
select n as a from generate_series(1, 12) n;
\pset border 2
select n as a from generate_series(1, 12) n;
select n as "a longer name", 'v' as b from generate_series(1, 11) n;
\t
select n as a from generate_series(1, 3) n;
\pset border 0
select n as a from generate_series(1, 3) n;
\t
\pset format wrapped
\pset columns 12
select n as a, repeat('x', n) as x from generate_series(1, 12) n;
\pset border 2
select n as a, repeat('x', n) as x from generate_series(1, 12) n;
\pset linestyle old-ascii
select n as a, repeat('x', n) as x from generate_series(1, 12) n;
