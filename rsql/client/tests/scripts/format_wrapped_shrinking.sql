-- which columns give way
\pset format wrapped
\pset columns 5
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 8
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 11
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 14
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 17
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 20
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 23
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 26
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 29
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 32
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 35
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 38
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 50
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 60
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 70
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
\pset columns 80
select repeat('a', 10) as a, repeat('b', 20) as b, repeat('c', 40) as c;
select 'x' as a, repeat('b', 20) as b union all select repeat('a', 40), 'y';
select '' as a, repeat('b', 30) as b, null as c;
select repeat('word ', 12) as text, 1 as n union all select 'one', 2 union all select 'two', 3;
