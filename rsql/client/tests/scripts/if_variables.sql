\set on_ yes
\if :on_
\echo on
\endif
select 1/0;
\if :ERROR
\echo failed
\endif
select 1;
\if :ERROR
\echo failed again
\else
\echo fine
\endif
\if :{?on_}
\echo defined
\endif
\if :{?off_}
\echo not here
\endif
