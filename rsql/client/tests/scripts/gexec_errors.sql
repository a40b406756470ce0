\set ON_ERROR_STOP on
select unnest(array['select 1 as a', 'select 1/0', 'select 2 as b']) \gexec
\echo not reached
