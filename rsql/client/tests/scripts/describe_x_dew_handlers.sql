create schema dx_dew;
create extension file_fdw schema dx_dew;
create extension postgres_fdw schema dx_dew;
comment on foreign data wrapper file_fdw is 'reads files';
\dew *_fdw
\dew+ *_fdw
set search_path = dx_dew;
\dew+ file_fdw
\dx file_fdw|postgres_fdw
\dx+ file_fdw
\dx+ postgres*
drop extension file_fdw;
drop extension postgres_fdw;
drop schema dx_dew;
