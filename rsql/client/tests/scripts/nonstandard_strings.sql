set standard_conforming_strings = off;
set escape_string_warning = off;
select 'a\'b; c' as a;
select 'x\\' as b;
set standard_conforming_strings = on;
select 'x\' as c;
