begin;
\i include/describe_relations.sql
\pset null NULL!
\dt+ f*
\d+ customer
\dPn
\pset title 'My title'
\dt fast
\d fast
select 1 as a;
\pset footer off
\dt fast
\d fast
\d owned
\pset numericlocale on
\d owned
\dt+ fast
\pset fieldsep ,
\pset recordsep ;
\a
\d fast
rollback;
