select pg_temp.nosuch();
\echo :SQLSTATE
select 'x'::int;
\echo :SQLSTATE
select 1 from nosuchtable;
\echo :SQLSTATE
set nosuch_setting = 1;
\echo :SQLSTATE
create table pg_temp.t (a nosuchtype);
\echo :SQLSTATE
alter system set work_mem = 'x';
\echo :SQLSTATE
