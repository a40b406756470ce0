begin;
\i include/describe_relations.sql
\d animal
\d+ animal
\d bird
\d+ bird
\d penguin
\d+ penguin
create table fish (depth int) inherits (animal, swimmer);
\d+ swimmer
\d+ animal
\d fish
rollback;
