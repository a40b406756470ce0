create schema dx_ev;
set search_path = dx_ev;
create function nothing() returns event_trigger language plpgsql as 'begin end';
create event trigger dx_ev_one on ddl_command_end when tag in ('CREATE SEQUENCE', 'DROP SEQUENCE') execute function nothing();
create event trigger dx_ev_two on sql_drop execute function nothing();
alter event trigger dx_ev_two disable;
create event trigger dx_ev_three on table_rewrite execute function nothing();
alter event trigger dx_ev_three enable replica;
create event trigger dx_ev_four on ddl_command_start when tag in ('CREATE COLLATION') execute function nothing();
alter event trigger dx_ev_four enable always;
comment on event trigger dx_ev_one is 'watches sequences';
\dy dx_ev*
\dy+ dx_ev*
\dy dx_ev_one
set search_path = public;
\dy+ dx_ev_two
\dy nothing
\dy a.b
\dy dx_ev_one extra
\dySfoo dx_ev_one
drop event trigger dx_ev_one;
drop event trigger dx_ev_two;
drop event trigger dx_ev_three;
drop event trigger dx_ev_four;
drop schema dx_ev cascade;
