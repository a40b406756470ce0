create schema dx_dd;
set search_path = dx_dd;
create table t (a int constraint dx_dd_positive check (a > 0), constraint dx_dd_key primary key (a));
comment on constraint dx_dd_positive on t is 'must be positive';
comment on constraint dx_dd_key on t is 'the key';
create domain d as int constraint dx_dd_small check (value < 10);
comment on constraint dx_dd_small on domain d is 'must be small';
create rule dx_dd_rule as on delete to t do instead nothing;
comment on rule dx_dd_rule on t is 'nothing goes';
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger dx_dd_trigger before insert on t for each row execute function f();
comment on trigger dx_dd_trigger on t is 'on the way in';
create operator class dx_dd_class for type int4 using hash as operator 1 =, function 1 hashint4(int4);
comment on operator class dx_dd_class using hash is 'a class';
comment on operator family dx_dd_class using hash is 'its family';
comment on table t is 'not shown';
\dd
\ddS dx_dd_*
\dd dx_dd_*
\dd dx_dd.*
\dd dx_dd_key
\dd *small
\dd *.dx_dd_rule
\dd nothing
\dd a.b.c
\dd a.b.c.d
\dd dx_dd_key extra
drop operator family dx_dd_class using hash cascade;
drop schema dx_dd cascade;
