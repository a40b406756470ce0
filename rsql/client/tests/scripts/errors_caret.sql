select foo;
select 1
  + bar
  from nowhere;
selekt 1;
select * from (select 1 as a, zzz as b) t
where a = 1;
select 'unterminated;
\echo inside the string
';
select ';
