select $$a;b$$ as a, $x$it's $$ here$x$ as b;
do $body$
begin
  raise notice 'hello; %', 1;
end
$body$;
select $é$x$é$ as c;
select 1 as "a$b", $$
lines
$$ as d;
