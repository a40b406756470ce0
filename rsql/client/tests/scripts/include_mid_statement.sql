select 1
\i include/one.sql
  + 1 as two;
select 3 as three \i include/one.sql
;
