\set ON_ERROR_STOP on
\restrict key
select 1;
\unrestrict wrong
select 2;
