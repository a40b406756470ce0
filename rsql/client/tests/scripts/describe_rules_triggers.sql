begin;
\i include/describe_relations.sql
create table more (a int);
create trigger t1 after insert or update or delete or truncate on more execute function touched();
create trigger t2 after update on more referencing old table as o new table as n for each row execute function touched();
create trigger t3 before update on more for each row when (old.* is distinct from new.*) execute function touched('TRIGGER ', ' x');
create trigger " TRIGGER " before update on more execute function touched();
create rule " TRIGGER CREATE RULE " as on insert to more where new.a > 1 do also (insert into more values (1); select 1);
\d more
\d+ more
\d quiet
\d log_2023
\d tagged
\d customer
rollback;
