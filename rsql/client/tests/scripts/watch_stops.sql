\set ON_ERROR_STOP on
create temp sequence s;
select 10 / (2 - nextval('s')) as a \watch 0.01
\echo not reached
