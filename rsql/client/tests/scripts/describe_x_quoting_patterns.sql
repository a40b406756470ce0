create schema "dx_q.a";
create schema "dx_q$b";
set search_path = "dx_q.a";
create domain "a.b" as int;
create domain "a*b" as int;
create domain "a""b" as int;
create domain "a$b" as int;
create domain "a+b" as int;
create domain a_b as int;
create domain "a\b" as int;
\dD "a.b"
\dD a.b
\dD "a*b"
\dD a*b
\dD "a""b"
\dD a$b
\dD "a$b"
\dD "a+b"
\dD a+b
\dD a_b
\dD "a\b"
\dD a\b
\dD a[+_]b
\dD a(_|[+])b
\dD "dx_q.a".*
\dD dx_q.a.*
\dD "dx_q.a"."a.b"
\dD (
\dD [
\dD *.
\dD .*
\dD .
\dn dx_q$b
\dn "dx_q$b"
\dn dx_q?a
\dn "dx_q.a"
drop schema "dx_q.a" cascade;
drop schema "dx_q$b";
