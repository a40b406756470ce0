set allow_in_place_tablespaces = on;
create tablespace describe_space location '';
create schema spacious;
set search_path = spacious;
create table t (a int primary key using index tablespace describe_space, b int) tablespace describe_space;
create index t_b on t (b) tablespace describe_space;
create table p (a int) partition by range (a) tablespace describe_space;
create index p_a on p (a) tablespace describe_space;
create materialized view m tablespace describe_space as select 1 as a;
\d t
\d+ t
\d t_b
\d t_pkey
\d p
\d+ p
\d p_a
\d+ p_a
\d m
\d+ m
drop schema spacious cascade;
drop tablespace describe_space;
