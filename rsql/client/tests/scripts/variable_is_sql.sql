\set q 'select 1 as one; select 2 as two;'
:q
\set half 'select 3'
:half as three;
\set semi ';'
select 4 as four :semi
\set quote ''''
\echo :quote
