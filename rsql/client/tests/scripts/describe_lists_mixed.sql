begin;
\i include/describe_relations.sql
\dtv
\dtvm+
\dti
\dti+
\dis
\disE+
\dsvE
\dvsm
\dtvmsEi
\dtvmsEi+
\dEmt log*
\dit+ log*
\dimt summary*
rollback;
