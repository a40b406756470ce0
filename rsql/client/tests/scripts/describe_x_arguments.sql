\set pattern int
\dT :pattern
\dT :"pattern"
\dT :'pattern'
\dT `echo bool`
\dT 'int4'
\dT 'it''s'
\dT in't'4
\dT "int4";
\dT int4;
\dT int4;;
\dT ;
\dT int4 \dT bool
\dT \dT bool
\dT int4 \\ select 1 as a;
\dT :missing
\dT :{?pattern}
\dT ""
\dT ''
\dT "int
\dT int4 "x
\df now `echo -`
\l template0 ; 
\z ;nothing
