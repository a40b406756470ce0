select 1
\p
\r
\p
select 2
\p
;
\p
