begin;
\i include/describe_relations.sql
\d rich
\d+ rich
\d plainly
\d+ plainly
\d counting
\d+ counting
\d summary
\d+ summary
\d+ "Odd Shop".*
rollback;
