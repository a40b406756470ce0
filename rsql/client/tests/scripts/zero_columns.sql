select;
select from generate_series(1, 3);
create temp table z ();
select * from z;
insert into z default values;
select * from z;
select 1 as a where false;
