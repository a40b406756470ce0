create role dx_nosuper login;
set role dx_nosuper;
\du dx_nosuper
\db pg_default
\dconfig config_file
\dconfig work_mem
\drds dx_nosuper
\dl
\dx plpgsql
\dRs
\dRs+
\echo after
\dRp nothing
\sf now
\l template0

\dn public
\deu nothing
reset role;
drop role dx_nosuper;
