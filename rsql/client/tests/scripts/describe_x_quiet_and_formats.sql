create schema dx_fmt;
set search_path = dx_fmt;
create domain d1 as int;
create domain d2 as text default 'a|b';
\pset format csv
\dD
\pset format unaligned
\dD
\pset fieldsep ;
\dD+
\pset format aligned
\pset border 2
\dD
\pset border 0
\dD
\t
\dD
\t
\pset expanded auto
\dD
\pset expanded on
\dD
\dD nothing
\pset expanded off
\pset null (null)
\dD
\pset title 'My title'
\dD
\pset footer off
\dD
\pset format wrapped
\pset columns 40
\dD
drop schema dx_fmt cascade;
