begin;
\i include/describe_relations.sql
\set HIDE_TABLEAM on
\d+ fast
\dt+ fast
\di+ fast*
\dtim+ summ*
\d+ summary
\set HIDE_TOAST_COMPRESSION on
\d+ fast
\d+ rich
\set HIDE_TABLEAM off
\d+ customer
\dt+ fast
\unset HIDE_TOAST_COMPRESSION
\d+ fast
rollback;
