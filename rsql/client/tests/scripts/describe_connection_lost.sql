select 1 as one;
\set ON_ERROR_STOP off
select pg_terminate_backend(pg_backend_pid());
\d pg_am
\dt
