set allow_in_place_tablespaces = on;
create tablespace dx_db_space location '';
alter tablespace dx_db_space set (random_page_cost = 1.5, seq_page_cost = 2);
comment on tablespace dx_db_space is 'fast';
create role dx_db_role;
grant create on tablespace dx_db_space to dx_db_role;
\o |sed -E 's/pg_tblspc.[0-9]+/pg_tblspc_N/'
\db dx_db_*
\db+ dx_db_*
\pset expanded on
\db+ dx_db_*
\o
drop tablespace dx_db_space;
drop role dx_db_role;
