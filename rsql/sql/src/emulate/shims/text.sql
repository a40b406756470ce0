-- Text, numbers and hashes.

CREATE OR REPLACE FUNCTION redshift_emulation.len(value text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT length($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.len(value bytea) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT length($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.textlen(value text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT length($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.charindex(part text, value text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT strpos($2, $1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.replicate(value text, times integer) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT repeat($1, $2) $$;
-- Unlike PostgreSQL's, NULL when one is NULL.
CREATE OR REPLACE FUNCTION redshift_emulation.concat(a text, b text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1 || $2 $$;
CREATE OR REPLACE FUNCTION redshift_emulation.concat(a anynonarray, b text) RETURNS text
    LANGUAGE sql STABLE STRICT AS $$ SELECT $1::text || $2 $$;
CREATE OR REPLACE FUNCTION redshift_emulation.concat(a text, b anynonarray) RETURNS text
    LANGUAGE sql STABLE STRICT AS $$ SELECT $1 || $2::text $$;
-- Unlike PostgreSQL's, all matches.
CREATE OR REPLACE FUNCTION redshift_emulation.regexp_replace(value text, pattern text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_replace($1, $2, '', 'g') $$;
CREATE OR REPLACE FUNCTION redshift_emulation.regexp_replace(value text, pattern text, replacement text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_replace($1, $2, $3, 'g') $$;
CREATE OR REPLACE FUNCTION redshift_emulation.regexp_replace(value text, pattern text, replacement text, start integer)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT left($1, $4 - 1) || pg_catalog.regexp_replace(substr($1, $4), $2, $3, 'g') $$;
CREATE OR REPLACE FUNCTION redshift_emulation.regexp_replace(value text, pattern text, replacement text, flags text)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_replace($1, $2, $3, $4) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.bpcharcmp(a text, b text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN rtrim(a) < rtrim(b) COLLATE "C" THEN -1 WHEN rtrim(a) = rtrim(b) THEN 0 ELSE 1 END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.btext_pattern_cmp(a text, b text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT CASE WHEN a < b COLLATE "C" THEN -1 WHEN a = b THEN 0 ELSE 1 END $$;

CREATE OR REPLACE FUNCTION redshift_emulation.strtol(digits text, base integer) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    rest text := lower(trim(digits));
    sign integer := 1;
    total numeric := 0;
    digit integer;
BEGIN
    IF base NOT BETWEEN 2 AND 36 THEN
        RAISE EXCEPTION 'Invalid base %', base USING ERRCODE = '22023';
    END IF;
    IF rest LIKE '-%' THEN
        sign := -1;
        rest := substr(rest, 2);
    END IF;
    IF base = 16 AND rest LIKE '0x%' THEN
        rest := substr(rest, 3);
    END IF;
    FOR i IN 1..length(rest) LOOP
        digit := position(substr(rest, i, 1) IN '0123456789abcdefghijklmnopqrstuvwxyz') - 1;
        IF digit < 0 OR digit >= base THEN
            RAISE EXCEPTION 'The input % is not valid to be converted to base %', digits, base
                USING ERRCODE = '22023';
        END IF;
        total := total * base + digit;
    END LOOP;
    RETURN sign * total;
END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.from_hex(digits text) RETURNS bytea
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT decode($1, 'hex') $$;
CREATE OR REPLACE FUNCTION redshift_emulation.dexp(n double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT exp($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.dlog10(n double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT log($1) $$;

-- PostgreSQL 15 has no SHA-1 without an extension: RFC 3174 by hand.
CREATE OR REPLACE FUNCTION redshift_emulation.sha1(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    data bytea := convert_to(value, 'UTF8');
    bits bigint := length(data)::bigint * 8;
    m bigint := 4294967295;
    h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    w bigint[];
    a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
BEGIN
    data := data || decode('80', 'hex');
    WHILE length(data) % 64 <> 56 LOOP
        data := data || decode('00', 'hex');
    END LOOP;
    data := data || int8send(bits);
    FOR chunk IN 0..length(data) / 64 - 1 LOOP
        FOR i IN 0..15 LOOP
            t := 0;
            FOR j IN 0..3 LOOP
                t := t * 256 + get_byte(data, chunk * 64 + i * 4 + j);
            END LOOP;
            w[i] := t;
        END LOOP;
        FOR i IN 16..79 LOOP
            t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
            w[i] := ((t << 1) | (t >> 31)) & m;
        END LOOP;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        FOR i IN 0..79 LOOP
            IF i < 20 THEN
                f := (b & c) | ((m - b) & d); k := 1518500249;
            ELSIF i < 40 THEN
                f := b # c # d; k := 1859775393;
            ELSIF i < 60 THEN
                f := (b & c) | (b & d) | (c & d); k := 2400959708;
            ELSE
                f := b # c # d; k := 3395469782;
            END IF;
            t := (((a << 5) | (a >> 27)) & m) + f + e + k + w[i];
            e := d; d := c; c := ((b << 30) | (b >> 2)) & m; b := a; a := t & m;
        END LOOP;
        h := ARRAY[(h[1] + a) & m, (h[2] + b) & m, (h[3] + c) & m, (h[4] + d) & m, (h[5] + e) & m];
    END LOOP;
    RETURN (SELECT string_agg(lpad(to_hex(part), 8, '0'), '' ORDER BY n) FROM unnest(h) WITH ORDINALITY AS u (part, n));
END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.sha(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_emulation.sha1($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.func_sha1(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_emulation.sha1($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.sha2(value text, bits integer) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT encode(CASE $2
        WHEN 224 THEN sha224(convert_to($1, 'UTF8'))
        WHEN 384 THEN sha384(convert_to($1, 'UTF8'))
        WHEN 512 THEN sha512(convert_to($1, 'UTF8'))
        WHEN 256 THEN sha256(convert_to($1, 'UTF8'))
        WHEN 0 THEN sha256(convert_to($1, 'UTF8'))
    END, 'hex') $$;

CREATE OR REPLACE FUNCTION redshift_emulation.first_of(state anyelement, value anyelement) RETURNS anyelement
    LANGUAGE sql IMMUTABLE AS $$ SELECT COALESCE($1, $2) $$;
CREATE OR REPLACE AGGREGATE redshift_emulation.any_value(anyelement) (
    SFUNC = redshift_emulation.first_of, STYPE = anyelement
);

-- Seconds since 1970 are PostgreSQL's alone; text goes by its format.
CREATE OR REPLACE FUNCTION redshift_emulation.to_timestamp(value text, format text) RETURNS timestamptz
    LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_timestamp($1, $2) $$;
