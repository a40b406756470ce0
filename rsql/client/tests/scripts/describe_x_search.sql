create schema dx_ts;
set search_path = dx_ts;
create text search configuration dx_ts_config (copy = pg_catalog.simple);
create text search configuration dx_ts_empty (parser = pg_catalog."default");
create text search dictionary dx_ts_dict (template = pg_catalog.simple, accept = false);
create text search template dx_ts_template (init = dsimple_init, lexize = dsimple_lexize);
create text search parser dx_ts_parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
alter text search configuration dx_ts_config alter mapping for asciiword with dx_ts_dict, english_stem;
comment on text search configuration dx_ts_config is 'a configuration';
comment on text search dictionary dx_ts_dict is 'a dictionary';
comment on text search template dx_ts_template is 'a template';
comment on text search parser dx_ts_parser is 'a parser';
\dF dx_ts_*
\dF+ dx_ts_*
\dFd dx_ts_*
\dFd+ dx_ts_*
\dFt dx_ts_*
\dFt+ dx_ts_*
\dFp dx_ts_*
\dFp+ dx_ts_*
\dF dx_ts.*
\dF+ dx_ts.dx_ts_config
\dFp+ dx_ts.*
drop schema dx_ts cascade;
