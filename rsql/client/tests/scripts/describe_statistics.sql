begin;
\i include/describe_relations.sql
create statistics stat_two on (id + 1), (customer * 2), note from orders;
create statistics "Odd Stat" (mcv) on "A b", "select" from "Odd Shop"."My ""Table""";
create statistics "Odd Shop".elsewhere (dependencies, ndistinct) on "A b", "select" from "Odd Shop"."My ""Table""";
\d orders
\d "Odd Shop"."My ""Table"""
rollback;
