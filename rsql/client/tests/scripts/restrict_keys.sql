\restrict
\echo a
\restrict k1 extra
\echo b
\restrict k2
\unrestrict
\unrestrict wrong
\UNRESTRICT k1
\i include/restrict_free.sql
select 2;
\set x 1
\bogus
\restrict
\unrestrict wrong extra `echo a`
\unrestrict `echo k1`
\set y k1
\unrestrict :y
\echo out
\unrestrict k1
\unrestrict
\if false
\restrict k
\unrestrict k
\endif
\echo still
\restrict k
\if true
select 1 \g
select 1 \gx
\endif
\q
\unrestrict k
\restrict 'a b'
\unrestrict 'a b'
\restrict ''
\unrestrict ''
\restrict "q"
\unrestrict q
\unrestrict "q"
\restrict `echo zz`
\unrestrict zz
\restrict :y
\unrestrict k1
\restrict k1;
\unrestrict k1
\unrestrict k1;
\restrict a'b'c
\unrestrict abc
\unrestrict a'b'c
select 1 \restrict u
;
\unrestrict u
\restrict-x
\unrestrict;
\restrict;
