-- Functions of Vertica that DuckDB lacks, and those that stand in for casts and divisions.
CREATE OR REPLACE MACRO main.throw_error(x) AS error('USER GENERATED ERROR: ' || x);
CREATE OR REPLACE MACRO main.isnull(a, b) AS coalesce(a, b);
CREATE OR REPLACE MACRO main.zeroifnull(a) AS coalesce(a, 0);
CREATE OR REPLACE MACRO main.nullifzero(a) AS nullif(a, 0);
CREATE OR REPLACE MACRO main.nvl2(a, b, c) AS CASE WHEN a IS NOT NULL THEN b ELSE c END;
CREATE OR REPLACE MACRO main.hex_to_binary(x) AS unhex(CASE WHEN x ILIKE '0x%' THEN substr(x, 3) ELSE x END);
CREATE OR REPLACE MACRO main.clock_timestamp() AS now();
CREATE OR REPLACE MACRO main.statement_timestamp() AS now();
CREATE OR REPLACE MACRO main.transaction_timestamp() AS now();
CREATE OR REPLACE MACRO main.uuid_generate() AS uuid();
CREATE OR REPLACE MACRO main.octets(x) AS strlen(x);
CREATE OR REPLACE MACRO main.btrim(x) AS trim(x);
CREATE OR REPLACE MACRO main.v_stamp() AS timezone('UTC', now());
CREATE OR REPLACE MACRO main.v_div(a, b) AS CASE WHEN b = 0 THEN error('Division by zero') ELSE a / b END;
-- A value that is wider than its column is an error (DuckDB has no widths).
CREATE OR REPLACE MACRO main.v_fit(x, n, told) AS
  CASE WHEN strlen(x) > n THEN error(told || strlen(x)) ELSE x END;
CREATE OR REPLACE MACRO main.v_fitb(x, n, told) AS
  CASE WHEN octet_length(x) > n THEN error(told || octet_length(x)) ELSE x END;
-- DuckDB leaves the 0 before the point out where a type has no digit there.
CREATE OR REPLACE MACRO main.v_text(x) AS
  CASE WHEN typeof(x) LIKE 'DECIMAL%' THEN regexp_replace(CAST(x AS VARCHAR), '^(-?)[.]', '\10.')
    ELSE CAST(x AS VARCHAR) END;
-- A cast cuts silently, between characters. What is cut is named once: what stands in a macro's place
-- is bound as often as it is named.
CREATE OR REPLACE MACRO main.v_cut(x, n) AS list_transform([CAST(x AS VARCHAR)], lambda v:
  CASE WHEN v IS NULL OR strlen(v) <= n THEN v
    ELSE coalesce(try(decode(encode(v)[1:n])), try(decode(encode(v)[1:n-1])),
      try(decode(encode(v)[1:n-2])), decode(encode(v)[1:n-3])) END)[1];
CREATE OR REPLACE MACRO main.v_bin(x, n) AS
  CASE WHEN typeof(x) = 'BLOB' THEN (try_cast(x AS BLOB))[1:n] ELSE (encode(CAST(x AS VARCHAR)))[1:n] END;
-- A text with a fraction is no integer.
CREATE OR REPLACE MACRO main.v_is_int(x) AS
  typeof(x) <> 'VARCHAR' OR regexp_full_match(CAST(x AS VARCHAR), '\s*[+-]?[0-9]+\s*');
CREATE OR REPLACE MACRO main.v_int(x) AS
  CASE WHEN x IS NULL OR v_is_int(x) THEN CAST(x AS BIGINT) ELSE error('VCAST|integer|' || CAST(x AS VARCHAR)) END;
CREATE OR REPLACE MACRO main.v_int_or_null(x) AS CASE WHEN v_is_int(x) THEN TRY_CAST(x AS BIGINT) END;
-- The texts that Vertica documents for booleans, in blanks or not.
CREATE OR REPLACE MACRO main.v_truth(x) AS
  CASE WHEN lower(trim(CAST(x AS VARCHAR))) IN ('t', 'true', 'y', 'yes', '1') THEN true
    WHEN lower(trim(CAST(x AS VARCHAR))) IN ('f', 'false', 'n', 'no', '0') THEN false END;
CREATE OR REPLACE MACRO main.v_bool(x) AS
  CASE WHEN typeof(x) <> 'VARCHAR' THEN CAST(x AS BOOLEAN)
    WHEN x IS NULL OR v_truth(x) IS NOT NULL THEN v_truth(x)
    ELSE error('VCAST|boolean|' || CAST(x AS VARCHAR)) END;
CREATE OR REPLACE MACRO main.v_bool_or_null(x) AS
  CASE WHEN typeof(x) <> 'VARCHAR' THEN TRY_CAST(x AS BOOLEAN) ELSE v_truth(x) END;
