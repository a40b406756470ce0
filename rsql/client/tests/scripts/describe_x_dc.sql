create schema dx_dc;
create conversion dx_dc.dx_dc_one for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create default conversion dx_dc.dx_dc_two for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1;
comment on conversion dx_dc.dx_dc_one is 'a comment';
\dc dx_dc_*
\dc dx_dc.*
\dc+ dx_dc.*
set search_path = dx_dc;
\dc
\dcS dx_dc_two
\dc+
\dc utf8_to_big5
\dc+ pg_catalog.utf8_to_iso_8859_1
\dc a.b.c.d
\dc a.b.c
\dcfoo dx_dc_one
drop schema dx_dc cascade;
