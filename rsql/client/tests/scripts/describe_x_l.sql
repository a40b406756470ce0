\l template0
\l+ template0
\list template0
\list+ template0
\l template?
\l nothing
\list nothing
\l a.b
\list a.b
\l template0 extra
\l "template0"
\l TEMPLATE0
\lx
\lists
\x
\l template0
\x
\t
\l template0
\pset format unaligned
\l template0
