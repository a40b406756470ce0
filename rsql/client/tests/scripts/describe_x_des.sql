create foreign data wrapper dx_des_wrapper options (debug 'true', "With blank" 'it''s');
create server dx_des_one foreign data wrapper dx_des_wrapper;
create server dx_des_two type 'oracle' version '19c' foreign data wrapper dx_des_wrapper options (host 'h1', dbname 'd "x"');
comment on server dx_des_two is 'the other';
create role dx_des_role;
grant usage on foreign server dx_des_two to dx_des_role;
create user mapping for dx_des_role server dx_des_two options ("user" 'u', password 'p');
create user mapping for public server dx_des_one;
\des dx_des_*
\des+ dx_des_*
\des dx_des_one
\desS dx_des_two
\des nothing
\des a.b
\deu dx_des_*
\deu+ dx_des_*
\deu dx_des_role
\deu public
\deu a.b
\dew dx_des_*
\dew+ dx_des_*
\dew nothing
\dew a.b
\dew dx_des_wrapper extra
drop server dx_des_one, dx_des_two cascade;
drop foreign data wrapper dx_des_wrapper;
drop role dx_des_role;
