select 1 as a;
\c postgres
select current_database();
\c - nosuchuser_x
\echo not reached without a session
