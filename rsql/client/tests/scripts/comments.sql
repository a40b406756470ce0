-- first; comment
select 1 /* inner; */ as a; -- trailing
/* block
 over ; lines */ select 2 as b;
/* nested /* inner */ still */ select 3 as c;
select 4 /* a
b */ as d
-- before the end
;
--
select 5 as e --;
;
