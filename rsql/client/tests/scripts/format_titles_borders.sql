-- where a title stands
\pset linestyle ascii
\pset border 0
\C 'x'
select 1 as a, 'yy' as b;
\C 'xxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxxxxx'
select 1 as a, 'yy' as b;
\pset linestyle ascii
\pset border 1
\C 'x'
select 1 as a, 'yy' as b;
\C 'xxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxxxxx'
select 1 as a, 'yy' as b;
\pset linestyle ascii
\pset border 2
\C 'x'
select 1 as a, 'yy' as b;
\C 'xxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxxxxx'
select 1 as a, 'yy' as b;
\pset linestyle unicode
\pset border 0
\C 'x'
select 1 as a, 'yy' as b;
\C 'xxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxxxxx'
select 1 as a, 'yy' as b;
\pset linestyle unicode
\pset border 1
\C 'x'
select 1 as a, 'yy' as b;
\C 'xxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxxxxx'
select 1 as a, 'yy' as b;
\pset linestyle unicode
\pset border 2
\C 'x'
select 1 as a, 'yy' as b;
\C 'xxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxx'
select 1 as a, 'yy' as b;
\C 'xxxxxxxxxxxxx'
select 1 as a, 'yy' as b;
