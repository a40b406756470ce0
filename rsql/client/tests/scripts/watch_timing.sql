create temp sequence s;
\timing
select 10 / (2 - nextval('s')) as a \watch 0.01
\timing
