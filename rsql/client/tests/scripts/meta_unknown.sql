\nosuch
\echo fine \nosuch
select 1 \nosuch
;
\echo "x" extra \\ select 1 as same_line;
