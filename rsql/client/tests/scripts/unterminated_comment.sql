select 1 as a;
/* open
select 2;
