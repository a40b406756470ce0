-- What the scripts of the chaos run write, and how the database itself sees that two attempts of a job are at work.

create table begun (
    execution text, job text, attempt int, pid int default pg_backend_pid(), at timestamptz default clock_timestamp(),
    primary key (execution, job, attempt)
);
-- Written with the work, in its transaction.
create table done (
    execution text, job text, attempt int, at timestamptz default clock_timestamp(),
    primary key (execution, job, attempt)
);
-- The work: once for each job, whichever attempt comes to it first.
create table work (execution text, job text, attempt int, primary key (execution, job));
create table tries (execution text, job text, attempt int);
create table looks (execution text);
-- Attempts seen at work beside or after a later one: there must be none.
create table side_by_side (execution text, job text, attempt int, what text, at timestamptz default clock_timestamp());

create function begin_attempt(e text, j text, a int) returns void language plpgsql as $$
declare
    key bigint := hashtextextended(e || '/' || j, 0);
    other text;
begin
    -- Held until the session ends, so that a session of another attempt that is still there is found, idle or not.
    if not pg_try_advisory_lock(key) then
        select string_agg(concat_ws(' ', s.application_name, s.state, s.query), '; ') into other
        from pg_locks l join pg_stat_activity s using (pid)
        where l.locktype = 'advisory' and l.granted and ((l.classid::bigint << 32) | l.objid::bigint) = key
            and s.application_name <> current_setting('application_name');
        if other is not null then
            insert into side_by_side values (e, j, a, 'began beside ' || other);
        end if;
    end if;
    insert into side_by_side
    select e, j, a, 'began after attempt ' || max(attempt) || ' had begun' from begun
    where execution = e and job = j and attempt > a having count(*) > 0;
    insert into begun (execution, job, attempt) values (e, j, a);
end $$;

create function finish_attempt(e text, j text, a int) returns void language plpgsql as $$
begin
    insert into side_by_side
    select e, j, a, 'worked after attempt ' || max(attempt) || ' had begun' from begun
    where execution = e and job = j and attempt > a having count(*) > 0;
    insert into work values (e, j, a) on conflict do nothing;
    insert into done (execution, job, attempt) values (e, j, a);
end $$;

-- Met at the third look.
create function look(e text) returns boolean language plpgsql as $$
begin
    insert into looks values (e);
    return (select count(*) >= 3 from looks where execution = e);
end $$;
