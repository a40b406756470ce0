select 1;
select 1 as a, 'x' as b, null as c;
select 1 as a union all select 2 order by a;
select;
select 1 where false;
