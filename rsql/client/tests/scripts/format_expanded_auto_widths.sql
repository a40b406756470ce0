-- where the width that expanded auto looks at begins
\x auto
\pset border 0
\pset columns 8
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 9
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 10
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 11
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 12
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 13
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 14
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 15
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 16
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 17
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 18
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 19
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 20
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 21
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 22
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 23
select 'abcdef' as a, 'ghijkl' as b;
\pset border 1
\pset columns 8
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 9
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 10
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 11
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 12
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 13
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 14
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 15
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 16
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 17
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 18
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 19
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 20
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 21
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 22
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 23
select 'abcdef' as a, 'ghijkl' as b;
\pset border 2
\pset columns 8
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 9
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 10
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 11
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 12
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 13
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 14
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 15
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 16
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 17
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 18
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 19
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 20
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 21
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 22
select 'abcdef' as a, 'ghijkl' as b;
\pset columns 23
select 'abcdef' as a, 'ghijkl' as b;
