create schema dx_fpub;
create table dx_fpub.t (a int);
set client_min_messages = error;
create publication dx_fpub_one for table dx_fpub.t;
create publication dx_fpub_two;
\pset format unaligned
\dRp+ dx_fpub*
\pset format csv
\dRp+ dx_fpub*
\pset format html
\dRp+ dx_fpub*
\pset format wrapped
\pset columns 50
\dRp+ dx_fpub*
\pset format aligned
\pset footer off
\dRp+ dx_fpub*
\x
\dRp+ dx_fpub*
\pset footer on
\dRp+ dx_fpub*
\dFp+ default
\dF+ simple
\x
\t
\dFp+ default
\dF+ simple
\dx+ plpgsql
drop publication dx_fpub_one, dx_fpub_two;
drop schema dx_fpub cascade;
