create schema dx_det;
set search_path = dx_det;
create foreign data wrapper dx_det_wrapper;
create server dx_det_server foreign data wrapper dx_det_wrapper;
create foreign table one (a int) server dx_det_server;
create foreign table two (a int) server dx_det_server options (name 'x', "a b" 'c''d');
comment on foreign table two is 'the second';
\det
\det+
\det o*
\det+ dx_det.*
\detS dx_det.two
\det nothing
\det a.b.c
\det a.b.c.d
\det dx_det.one extra
drop server dx_det_server cascade;
drop foreign data wrapper dx_det_wrapper;
drop schema dx_det cascade;
