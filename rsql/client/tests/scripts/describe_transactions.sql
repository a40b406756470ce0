\set AUTOCOMMIT off
\dt nosuch
rollback;
create schema describe_trans;
create table describe_trans.t (a int);
\d describe_trans.t
rollback;
\d describe_trans.t
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK on
begin;
\d pg_am
select 1/0;
\d pg_am
rollback;
\set FETCH_COUNT 2
\dtS pg_am*
\d pg_am
\set ECHO queries
\dtS pg_am
\set ECHO all
\d pg_am
\set ECHO none
\set SHOW_ALL_RESULTS off
\dtS pg_am
\set VERBOSITY verbose
\set client_min_messages x
set statement_timeout = 1;
\set VERBOSITY default
reset statement_timeout;
\dtS pg_am
