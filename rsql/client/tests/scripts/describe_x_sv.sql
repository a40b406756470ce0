create schema dx_sv;
set search_path = dx_sv;
create table t (a int, b text);
create view simple as select a, b from t;
create view checked as select a from t where a > 0 with check option;
create view local_checked as select a from t where a > 0 with local check option;
create view barrier with (security_barrier) as select a from t;
create view several with (security_barrier = false, security_invoker = on, check_option = cascaded) as select a, b from t where a > 1;
create recursive view numbers (n) as values (1) union all select n + 1 from numbers where n < 5;
create view "Odd View" as select a as "A a", 'it''s' as q from t;
create view "select" as select 1 as one;
create materialized view m as select a from t;
\sv simple
\sv+ simple
\sv checked
\sv local_checked
\sv barrier
\sv several
\sv+ several
\sv+ numbers
\sv "Odd View"
\sv "select"
\sv dx_sv.simple
set search_path = public;
\sv dx_sv.simple
\sv dx_sv.checked
drop schema dx_sv cascade;
