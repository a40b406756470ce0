create role dx_drds_one;
create role dx_drds_two;
alter role dx_drds_one set work_mem = '8MB';
alter role dx_drds_one set search_path = a, b;
alter role dx_drds_two in database template1 set work_mem = '1MB';
alter role dx_drds_one in database template1 set enable_seqscan = off;
\drds dx_drds*
\drds dx_drds_one
\drds dx_drds_one template1
\drds dx_drds* template*
\drds dx_drds_two nothing
\drds nothing
\drds nothing nothing
\echo after
\drds a.b
\drds * a.b
\drds dx_drds_one * extra
\set QUIET on
\drds nothing
\echo after
\drdx
\drdsfoo dx_drds_two
\dr
drop role dx_drds_one, dx_drds_two;
