select 1 as a\; select 2 as b\; select 3 as c;
select 1 as a\; select 1/0\; select 3 as c;
begin\; select 1 as a\; commit;
