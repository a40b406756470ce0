begin;
select lo_create(990001);
select lo_create(990002);
comment on large object 990001 is 'one
more';
grant select on large object 990002 to public;
\o |grep -E '99000|ID|Large'
\dl
\dl+
\lo_list
\lo_list+
\dl 990001
\lo_list a b c
\lo_list+ a b c
\o
\lo_listx
rollback;
