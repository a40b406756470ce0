select :missing;
select 1 as ok;
\echo :missing :'missing' :"missing"
\echo :{?missing} :{?VERBOSITY}
select array[1,2,3][1:2] as slice;
\set n 2
select (array[1,2,3])[1:n] as not_a_slice;
select (array[1,2,3])[1::n] as x;
