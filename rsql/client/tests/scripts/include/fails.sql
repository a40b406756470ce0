select 1/0;
\echo after the failure
