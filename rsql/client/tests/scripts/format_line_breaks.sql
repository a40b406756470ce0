-- line breaks of all kinds
select E'a\r\nb' as crlf, E'a\rb' as cr, E'a\nb' as lf, E'\n' as only, E'\n\n\n' as three, E'a\n' as ends, E'\na' as begins;
\pset border 0
select E'a\r\nb' as crlf, E'a\nb' as lf, E'\n' as only, 1 as last;
select 1 as first, E'a\nb' as lf;
select E'a\nb' as lf;
\pset linestyle old-ascii
select E'a\nb' as lf, 1, E'c\nd\ne' as x;
select E'a\nb' as lf;
\pset border 1
select E'a\nb' as lf, 1, E'c\nd\ne' as x;
select 1 as "h
i", E'a\nb' as "j", 2 as "k
l
m";
\x
select 1 as "h
i", E'a\nb' as "j", 2 as "k
l
m";
\pset linestyle unicode
select 1 as "h
i", E'a\nb' as "j", 2 as "k
l
m";
