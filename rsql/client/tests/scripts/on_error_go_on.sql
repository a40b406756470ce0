select 1/0;
select 1 as a;
\nosuch arg
\i nosuchfile.sql
\echo reached
