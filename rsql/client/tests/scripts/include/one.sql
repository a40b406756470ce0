\echo one
\set from_one yes
select 1 as one;
