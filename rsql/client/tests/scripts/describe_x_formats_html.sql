create schema dx_html;
set search_path = dx_html;
create domain d1 as text default '<a & "b">';
create domain d2 as int check (value > 0 and value < 10);
comment on domain d2 is 'two
lines';
\pset format html
\dD+
\du nothing
\dFp+ nothing
\pset format asciidoc
\dD+
\pset format latex
\dD+
\pset format latex-longtable
\dD+
\pset format troff-ms
\dD+
\pset format html
\x
\dD+
\du nothing
drop schema dx_html cascade;
