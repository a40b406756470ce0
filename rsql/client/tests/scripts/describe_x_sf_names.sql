create schema dx_pr;
set search_path = dx_pr;
create function f(a int) returns int language sql as 'select 1';
create function "F x"(a int) returns int language sql as 'select 1';
\sf F
\sf "F x"
\sf f(int); select 1;
\sf f (int)
\sf F(INT)
\sf dx_pr . f
\sv+ 
\sf f(integer) -- comment
\sf f	
drop schema dx_pr cascade;
