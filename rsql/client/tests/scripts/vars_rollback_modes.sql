\set ON_ERROR_ROLLBACK interactive
begin;
select 1/0;
select 1 as still_aborted;
rollback;
\set ON_ERROR_ROLLBACK on
begin;
select 1/0;
select 1 as goes_on;
savepoint s;
select 1/0;
release s;
commit;
\set ON_ERROR_ROLLBACK ON
\echo :ON_ERROR_ROLLBACK
\set ON_ERROR_ROLLBACK 1
begin;
select 1/0 \gdesc
select nosuch \gdesc
select 1/0 \g
select 1 as goes_on;
rollback;
\set ON_ERROR_ROLLBACK INTERACTIVE
\echo :ON_ERROR_ROLLBACK
