create schema dx_dom;
set search_path = dx_dom;
create domain plain as int;
create domain small as int not null default 3 check (value < 10) constraint not_two check (value <> 2);
create domain word as text collate "C";
create domain code as varchar(3) default 'abc';
comment on domain small is 'a small number';
create role dx_dom_role;
grant usage on domain plain to dx_dom_role;
\dD
\dD+
\dD small
\dD+ dx_dom.p*
\dDS dx_dom.*
\dD nothing
\dD int
\dD a.b.c
\dD a.b.c.d
\dD information_schema.*
\dDS+ yes_or_no
drop schema dx_dom cascade;
drop role dx_dom_role;
