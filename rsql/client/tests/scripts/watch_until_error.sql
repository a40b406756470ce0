create temp sequence s;
select 10 / (3 - nextval('s')) as a \watch 0.01
\echo :ERROR :SQLSTATE :ROW_COUNT
\watch
\pset title 'My title'
alter sequence s restart;
select 10 / (3 - nextval('s')) as a, 'some longer text to be under the title, so that it is centred' as b \watch 0.01
alter sequence s restart;
\timing
select 10 / (3 - nextval('s')) as a \watch 0.01
\timing
select 1; 
