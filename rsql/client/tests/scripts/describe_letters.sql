begin;
\i include/describe_relations.sql
\dzz
\dtq fast*
\dt2+ fast*
\d2
\dq
\dSx fast
\d+x fast
\dSt
\dxyz nosuch
\dPq
\DT
\D
\if false
\dzz
\dtq
\d nosuch
\endif
\dti+S pg_am*
\dt+S pg_am
\dtSv+ pg_am
rollback;
