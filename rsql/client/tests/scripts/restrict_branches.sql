\if false
\restrict k
\unrestrict k
\endif
\echo free
\if true
\restrict k
select 1;
\else
select 2;
\endif
select 3;
\unrestrict k
select 4;
\else
select 5;
\endif
select 6;
\if false
\echo x \restrict k
\endif
\echo a \restrict k \echo b \unrestrict k \echo c
\echo d
\unrestrict k \echo e
