select
\if true
  1 as a
\else
  2 as b
\endif
;
select 1
\if false
  , 2/0
\endif
  as x;
