select 1 as a,2 as b,3 as c union all select 1,2,4 \crosstabview
select null as a,null as b,3 as c union all select null,null,4 \crosstabview
\echo :ERROR :SQLSTATE :ROW_COUNT
select 1 as a,2 as b,3 as c where false \crosstabview
select 1,i,2 from generate_series(1,1601) i \crosstabview
\pset title T
