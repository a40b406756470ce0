create temp table passing (a int primary key, b text);
create temp view glance as select a from passing;
create temp sequence ticks;
\pset format unaligned
\t on
select relname, relpersistence from pg_class where relname in ('passing', 'glance', 'ticks') order by 1;
\t off
\pset tuples_only on
\pset format csv
\d passing
\d glance
\dt nosuch.passing
drop table passing cascade;
\dt passing
\d passing
