create temp sequence s;
\x
select 10 / (3 - nextval('s')) as a, 1 as b \watch 0.01
\x
\a
alter sequence s restart;
select 10 / (3 - nextval('s')) as a, 1 as b \watch 0.01
\pset format csv
alter sequence s restart;
select 10 / (3 - nextval('s')) as a, 1 as b \watch 0.01
\pset format html
alter sequence s restart;
select 10 / (3 - nextval('s')) as a, 1 as b \watch 0.01
\pset format aligned
\t
alter sequence s restart;
select 10 / (3 - nextval('s')) as a, 1 as b \watch 0.01
