select 'aÿþb';
\echo aÿb
select 1 as ok;
-- Ã
select 2 as ok;
