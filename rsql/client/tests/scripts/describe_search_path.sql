begin;
\i include/describe_relations.sql
set local search_path = "Odd Shop";
\d
\d shop.refers
\d shop.line
\d+ shop.log
\d shop.owned
\dt fast
\dt *.fast
\dP
set local search_path = '';
\d
\d shop.customer
\d+ shop.rich
\d+ shop.penguin
\dPi+ shop.log*
create schema other;
create table other.fast (a int);
set local search_path = other, shop;
\dt fast
\d fast
\d *.fast
rollback;
