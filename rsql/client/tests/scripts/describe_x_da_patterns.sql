create schema dx_dap;
create schema "dx Dap";
create aggregate dx_dap.one (int4) (sfunc = int4pl, stype = int4);
create aggregate "dx Dap"."On.e" (int4) (sfunc = int4pl, stype = int4);
\da one
set search_path = dx_dap;
\da one
\da o?e
\da on*
\da dx_dap.on[ea]
\da (one|two)
\da "dx Dap".*
\da "dx Dap"."On.e"
\da dx*.*
\da *.one
\da a.b.c
\da a.b.c.d
\da dev.dx_dap.one
\da
\da one extra "more"
drop schema dx_dap cascade;
drop schema "dx Dap" cascade;
