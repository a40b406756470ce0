create schema dx_ddp;
create role dx_ddp_one;
create role dx_ddp_two;
alter default privileges for role dx_ddp_one grant select on tables to dx_ddp_two;
alter default privileges for role dx_ddp_one in schema dx_ddp grant usage on sequences to dx_ddp_two;
alter default privileges for role dx_ddp_one revoke execute on functions from public;
alter default privileges for role dx_ddp_two grant usage on types to public;
alter default privileges for role dx_ddp_two grant usage, create on schemas to dx_ddp_one with grant option;
\ddp dx_ddp*
\ddp dx_ddp
\ddp dx_ddp_two
\ddp+ dx_ddp_one
\ddp "DX_DDP"
\ddp nothing
\ddp a.b
\ddp a.b.c
\ddp a.b.c.d
\ddp dev.b.c
\ddp dx_ddp extra
drop owned by dx_ddp_one;
drop owned by dx_ddp_two;
drop schema dx_ddp;
drop role dx_ddp_one, dx_ddp_two;
