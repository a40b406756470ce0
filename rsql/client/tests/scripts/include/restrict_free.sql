\echo in include
select 1;
\unrestrict k1
\echo after
