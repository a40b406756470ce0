-- tabs go to the next eighth column of their cell
select E'\t' as a, E'a\tb' as b, E'1234567\t8' as c, E'12345678\t9' as d, E'漢\tx' as e;
select E'a\tb\nlonger line\tc' as a, 1 as b;
\pset border 0
select E'\t' as a, E'a\tb' as b, E'1234567\t8' as c;
\pset border 2
select E'\t' as a, E'a\tb' as b, E'1234567\t8' as c;
\x
select E'\t' as a, E'a\tb' as b, E'1234567\t8' as c;
\pset format wrapped
\pset columns 20
select E'\t' as a, E'a\tb' as b, E'1234567\t8\t9\t10' as c;
\x
select E'\t' as a, E'a\tb' as b, E'1234567\t8\t9\t10' as c;
