-- JSON in text, and SUPER as jsonb.

CREATE OR REPLACE FUNCTION redshift_emulation.as_json(value text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.parsed_json(value text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'JSON parsing error' USING ERRCODE = 'XX000', DETAIL = value;
END $$;

CREATE OR REPLACE FUNCTION redshift_emulation.is_valid_json(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT COALESCE(jsonb_typeof(redshift_emulation.as_json($1)) = 'object', false) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.is_valid_json_array(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT COALESCE(jsonb_typeof(redshift_emulation.as_json($1)) = 'array', false) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.can_json_parse(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_emulation.as_json($1) IS NOT NULL $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_parse(value text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_emulation.parsed_json($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_serialize(value jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE jsonb_typeof($1)
        WHEN 'object' THEN (SELECT '{' || COALESCE(string_agg(to_json(key)::text || ':'
            || redshift_emulation.json_serialize(value), ','), '') || '}' FROM jsonb_each($1))
        WHEN 'array' THEN (SELECT '[' || COALESCE(string_agg(redshift_emulation.json_serialize(value), ','), '') || ']'
            FROM jsonb_array_elements($1))
        ELSE $1::text
    END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_typeof(value jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_typeof($1) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.is_array(value jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_typeof($1) = 'array' $$;
CREATE OR REPLACE FUNCTION redshift_emulation.is_object(value jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_typeof($1) = 'object' $$;
CREATE OR REPLACE FUNCTION redshift_emulation.get_array_length(value jsonb) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT CASE WHEN jsonb_typeof($1) = 'array' THEN jsonb_array_length($1) END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.subarray(value jsonb, start integer, length integer) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT COALESCE(jsonb_agg(element ORDER BY n), '[]') FROM jsonb_array_elements($1) WITH ORDINALITY AS e (element, n)
    WHERE n > $2 AND n <= $2 + $3 $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_text(value jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN jsonb_typeof($1) = 'string' THEN $1 #>> '{}' ELSE redshift_emulation.json_serialize($1) END $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_extract_path_text(value text, VARIADIC path text[]) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT redshift_emulation.json_text(redshift_emulation.parsed_json($1) #> $2) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_extract_path_text(value text, a text, null_if_invalid boolean)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_emulation.json_text(CASE WHEN $3 THEN redshift_emulation.as_json($1)
        ELSE redshift_emulation.parsed_json($1) END #> ARRAY[a]) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_extract_path_text(value text, a text, b text, null_if_invalid boolean)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_emulation.json_text(CASE WHEN $4 THEN redshift_emulation.as_json($1)
        ELSE redshift_emulation.parsed_json($1) END #> ARRAY[a, b]) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_extract_path_text(
    value text, a text, b text, c text, null_if_invalid boolean)
    RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_emulation.json_text(CASE WHEN $5 THEN redshift_emulation.as_json($1)
        ELSE redshift_emulation.parsed_json($1) END #> ARRAY[a, b, c]) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_extract_array_element_text(
    value text, n integer, null_if_invalid boolean DEFAULT false) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_emulation.json_text(CASE WHEN $3 THEN redshift_emulation.as_json($1)
        ELSE redshift_emulation.parsed_json($1) END -> $2) $$;
CREATE OR REPLACE FUNCTION redshift_emulation.json_array_length(value text, null_if_invalid boolean DEFAULT false)
    RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT jsonb_array_length(CASE WHEN $2 THEN redshift_emulation.as_json($1)
        ELSE redshift_emulation.parsed_json($1) END) $$;
