-- Dates and times, as Redshift computes with them.

CREATE OR REPLACE FUNCTION redshift_emulation.getdate() RETURNS timestamp
    LANGUAGE sql STABLE AS $$ SELECT date_trunc('second', statement_timestamp())::timestamp $$;
CREATE OR REPLACE FUNCTION redshift_emulation.sysdate() RETURNS timestamp
    LANGUAGE sql STABLE AS $$ SELECT transaction_timestamp()::timestamp $$;

-- The step of one date part, as an interval.
CREATE OR REPLACE FUNCTION redshift_emulation.step(part text, n numeric) RETURNS interval
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE part
        WHEN 'quarter' THEN trunc(n)::int * interval '3 months'
        WHEN 'doy' THEN trunc(n)::int * interval '1 day'
        WHEN 'dow' THEN trunc(n)::int * interval '1 day'
        WHEN 'epoch' THEN trunc(n)::double precision * interval '1 second'
        ELSE trunc(n)::double precision * ('1 ' || part)::interval
    END $$;

CREATE OR REPLACE FUNCTION redshift_emulation.dateadd(part text, n numeric, at timestamp) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $3 + redshift_emulation.step($1, $2) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.dateadd(part text, n numeric, at date) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $3::timestamp + redshift_emulation.step($1, $2) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.dateadd(part text, n numeric, at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE STRICT AS $$ SELECT $3 + redshift_emulation.step($1, $2) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.dateadd(part text, n numeric, at time) RETURNS time
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $3 + redshift_emulation.step($1, $2) $$;

-- Boundaries of the part that lie between two moments.
CREATE OR REPLACE FUNCTION redshift_emulation.datediff(part text, a timestamp, b timestamp) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE part
        WHEN 'millennium' THEN extract(millennium FROM b) - extract(millennium FROM a)
        WHEN 'century' THEN extract(century FROM b) - extract(century FROM a)
        WHEN 'decade' THEN extract(decade FROM b) - extract(decade FROM a)
        WHEN 'year' THEN extract(year FROM b) - extract(year FROM a)
        WHEN 'quarter' THEN (extract(year FROM b) - extract(year FROM a)) * 4
            + extract(quarter FROM b) - extract(quarter FROM a)
        WHEN 'month' THEN (extract(year FROM b) - extract(year FROM a)) * 12
            + extract(month FROM b) - extract(month FROM a)
        -- A week begins on Sunday here, though DATE_TRUNC begins it on Monday.
        WHEN 'week' THEN ((b::date - extract(dow FROM b)::int) - (a::date - extract(dow FROM a)::int)) / 7
        WHEN 'hour' THEN extract(epoch FROM date_trunc('hour', b) - date_trunc('hour', a)) / 3600
        WHEN 'minute' THEN extract(epoch FROM date_trunc('minute', b) - date_trunc('minute', a)) / 60
        WHEN 'second' THEN extract(epoch FROM date_trunc('second', b) - date_trunc('second', a))
        WHEN 'epoch' THEN extract(epoch FROM date_trunc('second', b) - date_trunc('second', a))
        WHEN 'millisecond' THEN
            extract(epoch FROM date_trunc('milliseconds', b) - date_trunc('milliseconds', a)) * 1000
        WHEN 'microsecond' THEN extract(epoch FROM b - a) * 1000000
        ELSE b::date - a::date
    END::bigint $$;
CREATE OR REPLACE FUNCTION redshift_emulation.datediff(part text, a date, b date) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_emulation.datediff($1, $2::timestamp, $3::timestamp) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.datediff(part text, a timestamptz, b timestamptz) RETURNS bigint
    LANGUAGE sql STABLE STRICT AS $$ SELECT redshift_emulation.datediff($1, $2::timestamp, $3::timestamp) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.datediff(part text, a time, b time) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT redshift_emulation.datediff($1, date '2000-01-01' + $2, date '2000-01-01' + $3) $$;

CREATE OR REPLACE FUNCTION redshift_emulation.date_trunc(part text, at timestamp) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT date_trunc($1, $2) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.date_trunc(part text, at date) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT date_trunc($1, $2::timestamp) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.date_trunc(part text, at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE STRICT AS $$ SELECT date_trunc($1, $2) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.date_trunc(part text, at interval) RETURNS interval
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT date_trunc($1, $2) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.date_part_year(at date) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT extract(year FROM $1)::int $$;

-- TRUNC of a moment is its day; of a number, as PostgreSQL has it.
CREATE OR REPLACE FUNCTION redshift_emulation.trunc(at timestamp) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1::date $$;
CREATE OR REPLACE FUNCTION redshift_emulation.trunc(at timestamptz) RETURNS date
    LANGUAGE sql STABLE STRICT AS $$ SELECT $1::date $$;
CREATE OR REPLACE FUNCTION redshift_emulation.trunc(at date) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 $$;
CREATE OR REPLACE FUNCTION redshift_emulation.trunc(n numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.trunc($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.trunc(n double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.trunc($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.trunc(n numeric, places integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.trunc($1, $2) $$;

-- The last day of a month stays the last day.
CREATE OR REPLACE FUNCTION redshift_emulation.add_months(at timestamp, n integer) RETURNS timestamp
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE
        WHEN extract(month FROM $1 + interval '1 day') <> extract(month FROM $1)
        THEN date_trunc('month', $1) + ($2 + 1) * interval '1 month' - interval '1 day' + $1::time::interval
        ELSE $1 + $2 * interval '1 month'
    END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.last_day(at timestamp) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT (date_trunc('month', $1) + interval '1 month' - interval '1 day')::date $$;
CREATE OR REPLACE FUNCTION redshift_emulation.next_day(at timestamp, day text) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT $1::date + 1 + ((position(lower(left($2, 2)) IN 'sumotuwethfrsa') / 2 - extract(dow FROM $1)::int + 6) % 7)
    $$;
CREATE OR REPLACE FUNCTION redshift_emulation.months_between(a timestamp, b timestamp) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT ((extract(year FROM a) - extract(year FROM b)) * 12 + extract(month FROM a) - extract(month FROM b)
        + CASE
            WHEN extract(day FROM a) = extract(day FROM b) THEN 0
            WHEN a::date = redshift_emulation.last_day(a) AND b::date = redshift_emulation.last_day(b) THEN 0
            ELSE (extract(day FROM a) - extract(day FROM b)
                + (extract(epoch FROM a::time) - extract(epoch FROM b::time)) / 86400) / 31
        END)::double precision $$;

CREATE OR REPLACE FUNCTION redshift_emulation.convert_timezone(source text, target text, at timestamp) RETURNS timestamp
    LANGUAGE sql STABLE STRICT AS $$ SELECT ($3 AT TIME ZONE $1) AT TIME ZONE $2 $$;
CREATE OR REPLACE FUNCTION redshift_emulation.convert_timezone(target text, at timestamp) RETURNS timestamp
    LANGUAGE sql STABLE STRICT AS $$ SELECT ($2 AT TIME ZONE 'UTC') AT TIME ZONE $1 $$;
CREATE OR REPLACE FUNCTION redshift_emulation.convert_timezone(target text, at timestamptz) RETURNS timestamp
    LANGUAGE sql STABLE STRICT AS $$ SELECT $2 AT TIME ZONE $1 $$;

CREATE OR REPLACE FUNCTION redshift_emulation.date_cmp(a date, b date) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.date_cmp_timestamp(a date, b timestamp) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.timestamp_cmp(a timestamp, b timestamp) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.timestamp_cmp_date(a timestamp, b date) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.interval_cmp(a interval, b interval) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END $$;
