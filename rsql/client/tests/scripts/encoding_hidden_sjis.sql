\encoding sjis
select 'ƒ\';
select 'ƒ\' as "•\", E'ƒ\\t•\' as e;
select 1 as •\, 2 as ƒ\a;
-- ƒ\
/* ƒ\ */ select 'after' as comments;
select $$ ƒ\ $$ as dollar, $tƒ\$x$tƒ\$ as tagged;
select U&'ƒ\' as u;
set standard_conforming_strings to off;
select 'ƒ\' as loose, '\\' as escaped;
set standard_conforming_strings to on;
select 'ƒ\
•\' as lines;
\set v ƒ\
\echo :v :'v' :"v"
select :'v' as v, :'v' as :"v";
select ':v' as untouched, :v from (select 3 as :v) s;
\set w 'ƒ\\\n•\'
\echo :w
select :'w' as w;
\set •\ x
\set Š¿ named
\echo :Š¿ :'Š¿'
\echo ƒ\ 'ƒ\' "ƒ\" ƒ\\echo next •\
\echo `printf 'ƒ\'` `echo ƒ\`
\qecho •\
\if 'ƒ\'
\endif
\set QUIET on
\pset null 'ƒ\'
select null as n;
\pset title •\
select 1 as a;
\pset title
\set QUIET off
\prompt
\ƒ\
\echo ƒ
\echo 'ƒ'
select 'ƒ';
select 'ƒ\ƒ\ƒ\' as three, length('ƒ\•\') as two;
select 'ƒ\' as a \gset p_
\echo :p_a
select 'ƒ\' as a, 'x' as b, 1 as c \crosstabview a b
select 'ƒ\' as "aƒ\B", 'x' as b, 1 as c \crosstabview Aƒ\B b
select 'ƒ\' as •\ \gdesc
\unset ƒ\
\echo -n •\
\encoding utf8
select 'after' as utf8;
