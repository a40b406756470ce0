create schema dx_stats;
set search_path = dx_stats;
create table t (a int, b int, "C c" int, d text);
create statistics all_kinds on a, b from t;
create statistics only_distinct (ndistinct) on a, b from t;
create statistics only_dependencies (dependencies) on a, "C c" from t;
create statistics only_mcv (mcv) on a, b, d from t;
create statistics expressions on (a + b), lower(d) from t;
create statistics single on (a * 2) from t;
\dX
\dX+
\dX only_*
\dX dx_stats.all_kinds
\dXS dx_stats.*
\dX nothing
\dX a.b.c
\dX a.b.c.d
\dX single extra
set search_path = public;
\dX dx_stats.expressions
\dX all_kinds
drop schema dx_stats cascade;
