\echo three
select nope;
