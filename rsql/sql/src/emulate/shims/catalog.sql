-- Views of the catalog and what tells of loads.

CREATE OR REPLACE VIEW redshift_emulation.pg_table_def AS
    SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column",
        format_type(a.atttypid, a.atttypmod) AS type, 'none'::text AS encoding, false AS distkey, 0 AS sortkey,
        a.attnotnull AS "notnull"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname = ANY (current_schemas(true)) AND n.nspname <> 'redshift_emulation'
    ORDER BY n.nspname, c.relname, a.attnum;

CREATE OR REPLACE VIEW redshift_emulation.svv_table_info AS
    SELECT current_database()::text AS database, n.nspname::text AS schema, c.oid::int8 AS table_id,
        c.relname::text AS "table", 'N'::text AS encoded, 'EVEN'::text AS diststyle, NULL::text AS sortkey1,
        NULL::int AS max_varchar, NULL::text AS sortkey1_enc, 0 AS sortkey_num,
        (pg_total_relation_size(c.oid) + 1048575) / 1048576 AS size, NULL::numeric AS pct_used, 0::numeric AS empty,
        NULL::numeric AS unsorted, 0::numeric AS stats_off,
        GREATEST(c.reltuples, 0)::numeric(38, 0) AS tbl_rows, NULL::numeric AS skew_sortkey1, NULL::numeric AS skew_rows,
        GREATEST(c.reltuples, 0)::numeric(38, 0) AS estimated_visible_rows, NULL::text AS risk_event,
        NULL::numeric AS vacuum_sort_benefit
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!'
        AND n.nspname NOT IN ('information_schema', 'redshift_emulation');

CREATE OR REPLACE VIEW redshift_emulation.svv_tables AS
    SELECT table_catalog::text, table_schema::text, table_name::text,
        table_type::text, NULL::text AS remarks
    FROM information_schema.tables WHERE table_schema <> 'redshift_emulation';

CREATE OR REPLACE VIEW redshift_emulation.svv_columns AS
    SELECT table_catalog::text, table_schema::text, table_name::text, column_name::text, ordinal_position::int,
        column_default::text, is_nullable::text, data_type::text, character_maximum_length::int,
        numeric_precision::int, numeric_scale::int, NULL::text AS remarks
    FROM information_schema.columns WHERE table_schema <> 'redshift_emulation';

CREATE OR REPLACE VIEW redshift_emulation.svv_schemas AS
    SELECT current_database()::text AS database_name, n.nspname::text AS schema_name, r.rolname::text AS schema_owner,
        'local'::text AS schema_type
    FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE n.nspname <> 'redshift_emulation';

CREATE OR REPLACE VIEW redshift_emulation.stv_sessions AS
    SELECT backend_start::timestamp AS starttime, pid AS process, usename::char(50) AS user_name,
        datname::char(50) AS db_name, 0 AS timeout_sec
    FROM pg_stat_activity WHERE backend_type = 'client backend';
CREATE OR REPLACE VIEW redshift_emulation.stv_recents AS
    SELECT NULL::int AS userid, CASE state WHEN 'active' THEN 'Running' ELSE 'Done' END::char(20) AS status,
        query_start::timestamp AS starttime, NULL::int AS duration, usename::char(50) AS user_name,
        datname::char(50) AS db_name, left(query, 600)::char(600) AS query, pid
    FROM pg_stat_activity WHERE backend_type = 'client backend';

CREATE TABLE IF NOT EXISTS redshift_emulation.load_errors (
    userid integer DEFAULT 0,
    slice integer DEFAULT 0,
    tbl integer,
    starttime timestamp DEFAULT localtimestamp,
    session integer DEFAULT pg_backend_pid(),
    query integer,
    filename text,
    line_number bigint,
    colname text,
    type text,
    col_length text,
    position integer DEFAULT 0,
    raw_line text,
    raw_field_value text,
    err_code integer DEFAULT 1202,
    err_reason text
);
CREATE OR REPLACE VIEW redshift_emulation.stl_load_errors AS
    SELECT userid, slice, tbl, starttime, session, query, filename::char(256), line_number, colname::char(127),
        type::char(10), col_length::char(10), position, raw_line::char(1024), raw_field_value::char(1024), err_code,
        err_reason::char(100)
    FROM redshift_emulation.load_errors;
CREATE OR REPLACE VIEW redshift_emulation.stl_loaderror_detail AS
    SELECT userid, slice, session, query, filename::char(256), line_number, NULL::integer AS field,
        colname::char(1024), raw_field_value::char(1024) AS value, 0 AS is_null, type::char(10), col_length::char(10)
    FROM redshift_emulation.load_errors;
CREATE OR REPLACE VIEW redshift_emulation.sys_load_error_detail AS
    SELECT userid AS user_id, query AS query_id, session AS session_id, tbl AS table_id,
        starttime AS start_time, filename AS file_name, line_number, colname AS column_name, type AS column_type,
        col_length AS column_length, position, err_code AS error_code, err_reason AS error_message
    FROM redshift_emulation.load_errors;

CREATE OR REPLACE FUNCTION redshift_emulation.told(name text) RETURNS bigint
    LANGUAGE sql STABLE STRICT AS
    $$ SELECT NULLIF(current_setting('redshift_emulation.' || $1, true), '')::bigint $$;
CREATE OR REPLACE FUNCTION redshift_emulation.pg_last_copy_count() RETURNS bigint
    LANGUAGE sql STABLE AS $$ SELECT COALESCE(redshift_emulation.told('last_copy_count'), 0) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.pg_last_unload_count() RETURNS bigint
    LANGUAGE sql STABLE AS $$ SELECT COALESCE(redshift_emulation.told('last_unload_count'), 0) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.pg_last_copy_id() RETURNS integer
    LANGUAGE sql STABLE AS $$ SELECT COALESCE(redshift_emulation.told('last_copy_id'), -1)::integer $$;
CREATE OR REPLACE FUNCTION redshift_emulation.pg_last_query_id() RETURNS integer
    LANGUAGE sql STABLE AS $$ SELECT COALESCE(redshift_emulation.told('last_copy_id'), -1)::integer $$;

CREATE OR REPLACE FUNCTION redshift_emulation.analyze_compression(name text)
    RETURNS TABLE ("Table" text, "Column" text, "Encoding" text, "Est_reduction_pct" text)
    LANGUAGE sql STABLE STRICT AS $$
    SELECT c.relname::text, a.attname::text, 'raw'::text, '0.00'::text
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.oid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum $$;

-- ALTER TABLE … APPEND FROM: rows move by the names of the columns.
CREATE OR REPLACE PROCEDURE redshift_emulation.append_from(target text, origin text, option text)
    LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    extra text;
BEGIN
    SELECT string_agg(quote_ident(s.attname), ', ' ORDER BY s.attnum) INTO columns
    FROM pg_attribute s JOIN pg_attribute t ON t.attname = s.attname AND t.attrelid = target::regclass AND t.attnum > 0
    WHERE s.attrelid = origin::regclass AND s.attnum > 0 AND NOT s.attisdropped AND NOT t.attisdropped;
    SELECT string_agg(s.attname, ', ' ORDER BY s.attnum) INTO extra
    FROM pg_attribute s
    WHERE s.attrelid = origin::regclass AND s.attnum > 0 AND NOT s.attisdropped AND NOT EXISTS (
        SELECT FROM pg_attribute t WHERE t.attrelid = target::regclass AND t.attname = s.attname AND NOT t.attisdropped);
    IF extra IS NOT NULL AND option <> 'ignoreextra' THEN
        RAISE EXCEPTION 'Columns in the source table are not in the target table: %', extra
            USING ERRCODE = 'XX000', HINT = 'Use IGNOREEXTRA to discard them.';
    END IF;
    SELECT string_agg(t.attname, ', ' ORDER BY t.attnum) INTO extra
    FROM pg_attribute t
    WHERE t.attrelid = target::regclass AND t.attnum > 0 AND NOT t.attisdropped AND NOT EXISTS (
        SELECT FROM pg_attribute s WHERE s.attrelid = origin::regclass AND s.attname = t.attname AND NOT s.attisdropped);
    IF extra IS NOT NULL AND option <> 'filltarget' THEN
        RAISE EXCEPTION 'Columns in the target table are not in the source table: %', extra
            USING ERRCODE = 'XX000', HINT = 'Use FILLTARGET to fill them.';
    END IF;
    EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', target::regclass, columns, columns, origin::regclass);
    EXECUTE format('DELETE FROM %s', origin::regclass);
END $$;

GRANT USAGE ON SCHEMA redshift_emulation TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA redshift_emulation TO PUBLIC;
GRANT INSERT ON redshift_emulation.load_errors TO PUBLIC;
