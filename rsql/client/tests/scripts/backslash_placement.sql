select 1 as a\g
select 2 as b \echo in the middle
, 3 as c;
\echo one\\\echo two
\echo 'a'\\ select 4 as d;
select 5 as e; select 6 as f \echo x
\g
  \echo indented
	\echo tab
select 'a\echo b' as s;
\ echo space
\
\\
select 7 as g;
