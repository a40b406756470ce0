-- expanded auto: only what is too wide lies on its side
\x auto
\pset format aligned
\pset columns 0
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format aligned
\pset columns 10
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format aligned
\pset columns 20
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format aligned
\pset columns 40
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format aligned
\pset columns 100
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format wrapped
\pset columns 10
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format wrapped
\pset columns 20
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format wrapped
\pset columns 40
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format wrapped
\pset columns 100
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format unaligned
\pset columns 0
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format unaligned
\pset columns 10
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format unaligned
\pset columns 20
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format unaligned
\pset columns 40
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format unaligned
\pset columns 100
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format html
\pset columns 0
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format html
\pset columns 10
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format html
\pset columns 20
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format html
\pset columns 40
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format html
\pset columns 100
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format csv
\pset columns 0
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format csv
\pset columns 10
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format csv
\pset columns 20
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format csv
\pset columns 40
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format csv
\pset columns 100
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format asciidoc
\pset columns 0
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format asciidoc
\pset columns 10
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format asciidoc
\pset columns 20
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format asciidoc
\pset columns 40
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format asciidoc
\pset columns 100
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format latex
\pset columns 0
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format latex
\pset columns 10
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format latex
\pset columns 20
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format latex
\pset columns 40
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format latex
\pset columns 100
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format troff-ms
\pset columns 0
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format troff-ms
\pset columns 10
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format troff-ms
\pset columns 20
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format troff-ms
\pset columns 40
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset format troff-ms
\pset columns 100
\pset border 0
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 1
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
\pset border 2
select 1 as a, repeat('x', 12) as b;
select repeat('x', 30) as one;
select 1 as a, 2 as b where false;
select 1 as "a long header, longer", 2 as "than twenty columns" where false;
