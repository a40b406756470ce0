\x
select 1 as a, 2 as b \gdesc
\x
\timing
select 1 as a \gdesc
\timing
begin;
select 1/0;
select 1 as a \gdesc
rollback;
\set AUTOCOMMIT off
select 1 as a \gdesc
rollback;
\set AUTOCOMMIT on
\set ECHO errors
select nosuch \gdesc
\set ECHO queries
select 1 as e \gdesc
\set ECHO none
\gdesc extra
\o gdesc.tmp
select 1 as in_file \gdesc
create table nowhere(a int) \gdesc
\o
\! cat gdesc.tmp; rm gdesc.tmp
\t
\a
select 1 as a, 2 as b \gdesc
