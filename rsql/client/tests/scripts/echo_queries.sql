\set ECHO queries
select 1 as a;
select 2
-- inside
as b; select 3 as c;
\set ECHO errors
select 1/0;
select 4 as d;
\set ECHO nonsense
