create schema dx_dac;
create operator class dx_dac.dx_dac_ops for type int4 using btree as operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint4cmp(int4, int4);
create type dx_dac.point2 as (x int, y int);
\dAc btree int4
\dAc+ btree int4
\dAf btree int4
\dAf+ btree int4
set search_path = dx_dac;
\dAc+ btree int4
\dAf+ btree int4
\dAo btree dx_dac_ops
\dAo+ btree dx_dac_ops
\dAp btree dx_dac_ops
\dAp+ btree dx_dac_ops
\dAo btree dx_dac.*
\dAp btree dx_dac.*
drop operator family dx_dac.dx_dac_ops using btree cascade;
drop schema dx_dac cascade;
