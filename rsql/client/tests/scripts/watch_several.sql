create temp sequence s;
select 1 as one\; select 10 / (2 - nextval('s')) as a \watch 0.01
\set AUTOCOMMIT off
alter sequence s restart;
select 10 / (2 - nextval('s')) as a \watch 0.01
rollback;
