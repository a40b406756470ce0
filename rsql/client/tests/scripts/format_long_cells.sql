-- cells of thousands of bytes
select repeat('x', 20000) as a, 1 as b;
select repeat(E'line\n', 2000) as a, 1 as b;
select repeat('漢', 3000) as a, 1 as b;
\x
select repeat('x', 20000) as a, 1 as b;
select repeat(E'line\n', 2000) as a, 1 as b;
\x
\pset format wrapped
\pset columns 50
select repeat('x', 5000) as a, 1 as b;
select repeat('漢x', 1500) as a, 1 as b;
\x
select repeat('漢x', 1500) as a, 1 as b;
\pset format html
select repeat('<', 5000) as a;
