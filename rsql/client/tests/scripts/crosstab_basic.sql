values ('a','x',1),('b','y',2),('a','y',3) \crosstabview
select v,h,c from (values ('v1','h2','foo'),('v2','h1','bar'),('v1','h0','baz'),(null,'h1',null)) t(v,h,c) \crosstabview v h c
\pset null '#'
select v,h,c from (values ('v1','h2','foo'),('v2',null,'bar'),('v1','h0','baz'),(null,'h1',null)) t(v,h,c) \crosstabview 
select v,h,c, i from (values ('v1','h2','foo',3),('v2','h1','bar',2),('v1','h0','baz',1)) t(v,h,c,i) \crosstabview v h c i
select v,h,c from (values ('v1','h2','foo')) t(v,h,c) \crosstabview h v c
\crosstabview
\crosstabview 2 1
