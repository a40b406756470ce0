\encoding sjis
create temp table 表 (a text, b int);
copy 表 from stdin;
ソ	1
表\t	2
\.
\copy 表 from stdin csv
"ソ",3
\.
select * from 表 order by b;
\copy 表 to stdout
\copy (select 'ソ', b from 表 order by b) to stdout csv force quote *
\copy (select 'ソ') to program 'cat'
insert into 表 values ('ソ', 4) returning *;
select nothing from 表;
select 'ソ' nonsense here;
do $$ begin raise notice 'ソ'; end $$;
