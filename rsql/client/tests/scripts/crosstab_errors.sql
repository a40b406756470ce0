select 1 as a \crosstabview
select 1,2,3,4 \crosstabview
select 1 as a,2 as b,3 as c \crosstabview a a
select 1 as a,2 as b,3 as c \crosstabview 9
select 1 as a,2 as b,3 as c \crosstabview 0
select 1 as a,2 as b,3 as c \crosstabview nosuch
select 1 as a,2 as a,3 as c \crosstabview a
select 1 as a,2 as b,3 as c \crosstabview A "b" C
select 1 as a,2 as b,3 as c \crosstabview a b c c c
create temp table xx(a int) \crosstabview
\echo :ERROR :SQLSTATE :ROW_COUNT
select 1/0 \crosstabview
\echo :ERROR :SQLSTATE :ROW_COUNT
select 1 as a, 2 as b, 3 as c \crosstabview 99999999 1
select 1 as a, 2 as b, 3 as c \crosstabview 1 1a
select 1 as a, 2 as b, 3 as "C c" \crosstabview a b "C c"
select 1 as a, 2 as b, 3 as c \crosstabview 'a' 'b' '3'
select 1 as a, 2 as b, 3 as c, 4 as d \crosstabview a b c nosuch
