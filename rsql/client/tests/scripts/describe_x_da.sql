create schema dx_da;
set search_path = dx_da, pg_catalog;
create aggregate dx_da_total (int4) (sfunc = int4pl, stype = int4, initcond = '0');
create aggregate dx_da_rows (*) (sfunc = int8inc, stype = int8, initcond = '0');
create aggregate dx_da.dx_da_rank (variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
create function dx_da_keep(int4, int4) returns int4 language sql as 'select $2';
create function dx_da_sum(int4, int4, int4) returns int4 language sql as 'select $1 + $2 + $3';
create aggregate dx_da_pair (a int4, b int4) (sfunc = dx_da_sum, stype = int4);
comment on aggregate dx_da_total(int4) is 'adds
up';
\da dx_da_*
\da+ dx_da_*
\da dx_da.*
\daS+ dx_da_total
\da dx_da_nothing
\da bool_*
\da "DX_DA_TOTAL"
\da DX_DA_TOTAL
\da public.*
drop schema dx_da cascade;
