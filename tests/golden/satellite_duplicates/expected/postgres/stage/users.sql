-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "login" VARCHAR(30) COLLATE "C",
  "seen" TIMESTAMP,
  "name" VARCHAR(100) COLLATE "C",
  "height" DECIMAL(3, 2),
  "born" DATE,
  "active" BOOLEAN,
  "visits" BIGINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_login" UUID,
  "hashdiff_s_last" UUID NOT NULL,
  "hashdiff_s_first" UUID NOT NULL,
  "hashdiff_s_stagger" UUID NOT NULL,
  "hashdiff_s_fail" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."users_repeats";

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "login" TEXT COLLATE "C",
  "seen" TEXT COLLATE "C",
  "name" TEXT COLLATE "C",
  "height" TEXT COLLATE "C",
  "born" TEXT COLLATE "C",
  "active" TEXT COLLATE "C",
  "visits" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_users";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_users" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."users" (
  "login",
  "seen",
  "name",
  "height",
  "born",
  "active",
  "visits",
  "load_dt",
  "load_src",
  "row_no",
  "hk_login",
  "hashdiff_s_last",
  "hashdiff_s_first",
  "hashdiff_s_stagger",
  "hashdiff_s_fail"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."login" AS "login",
    raw."seen" AS "seen text",
    CASE WHEN PG_INPUT_IS_VALID(raw."seen", 'timestamp') THEN CAST(raw."seen" AS TIMESTAMP) END AS "seen",
    raw."name" AS "name",
    raw."height" AS "height text",
    CASE WHEN PG_INPUT_IS_VALID(raw."height", 'decimal(3, 2)') THEN CAST(raw."height" AS DECIMAL(3, 2)) END AS "height",
    raw."born" AS "born text",
    CASE WHEN PG_INPUT_IS_VALID(raw."born", 'date') THEN CAST(raw."born" AS DATE) END AS "born",
    raw."active" AS "active text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."active"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."active") AS BOOLEAN) END AS "active",
    raw."visits" AS "visits text",
    CASE WHEN PG_INPUT_IS_VALID(raw."visits", 'bigint') THEN CAST(raw."visits" AS BIGINT) END AS "visits"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NULL OR LENGTH("login") <= 30 AS "login fits",
    "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen" AS TEXT) = "seen text" OR "seen text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "seen fits",
    "name" IS NULL OR LENGTH("name") <= 100 AS "name fits",
    "height text" IS NULL OR "height" IS NOT NULL AND "height" < 'Infinity' AND (CAST("height" AS TEXT) = "height text" OR "height text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "height fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS TEXT) = "born text" OR "born text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "born fits",
    "active text" IS NULL OR "active" IS NOT NULL AND (CAST("active" AS TEXT) = "active text" OR "active text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "active fits",
    "visits text" IS NULL OR "visits" IS NOT NULL AND (CAST("visits" AS TEXT) = "visits text" OR "visits text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "visits fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "login",
    "seen",
    "name",
    "height",
    "born",
    "active",
    "visits",
    "row_no"
  FROM "checked"
  WHERE "login fits"
    AND "seen fits"
    AND "name fits"
    AND "height fits"
    AND "born fits"
    AND "active fits"
    AND "visits fits"
)
SELECT
  "login",
  "seen",
  "name",
  "height",
  "born",
  "active",
  "visits",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "login") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("login", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_login",
  MD5(CONCAT_WS(
    '|',
    'born=' || CAST("born" AS TEXT),
    'height=' || CAST(TRIM_SCALE("height") AS TEXT),
    'name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_s_last",
  MD5(COALESCE('active=' || CAST("active" AS TEXT), ''))::UUID AS "hashdiff_s_first",
  MD5(CONCAT_WS(
    '|',
    'name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'),
    'visits=' || CAST("visits" AS TEXT)
  ))::UUID AS "hashdiff_s_stagger",
  MD5(COALESCE('full_name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_fail"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."login" AS "login",
    raw."seen" AS "seen text",
    CASE WHEN PG_INPUT_IS_VALID(raw."seen", 'timestamp') THEN CAST(raw."seen" AS TIMESTAMP) END AS "seen",
    raw."name" AS "name",
    raw."height" AS "height text",
    CASE WHEN PG_INPUT_IS_VALID(raw."height", 'decimal(3, 2)') THEN CAST(raw."height" AS DECIMAL(3, 2)) END AS "height",
    raw."born" AS "born text",
    CASE WHEN PG_INPUT_IS_VALID(raw."born", 'date') THEN CAST(raw."born" AS DATE) END AS "born",
    raw."active" AS "active text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."active"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."active") AS BOOLEAN) END AS "active",
    raw."visits" AS "visits text",
    CASE WHEN PG_INPUT_IS_VALID(raw."visits", 'bigint') THEN CAST(raw."visits" AS BIGINT) END AS "visits"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NULL OR LENGTH("login") <= 30 AS "login fits",
    "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen" AS TEXT) = "seen text" OR "seen text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "seen fits",
    "name" IS NULL OR LENGTH("name") <= 100 AS "name fits",
    "height text" IS NULL OR "height" IS NOT NULL AND "height" < 'Infinity' AND (CAST("height" AS TEXT) = "height text" OR "height text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "height fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS TEXT) = "born text" OR "born text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "born fits",
    "active text" IS NULL OR "active" IS NOT NULL AND (CAST("active" AS TEXT) = "active text" OR "active text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "active fits",
    "visits text" IS NULL OR "visits" IS NOT NULL AND (CAST("visits" AS TEXT) = "visits text" OR "visits text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "visits fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "login fits" THEN 'login'
    WHEN NOT "seen fits" THEN 'seen'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "height fits" THEN 'height'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "active fits" THEN 'active'
    WHEN NOT "visits fits" THEN 'visits'
  END AS "column_name",
  CASE
    WHEN NOT "login fits" THEN 'longer than 30 characters'
    WHEN NOT "seen fits" THEN 'not a timestamp'
    WHEN NOT "name fits" THEN 'longer than 100 characters'
    WHEN NOT "height fits" THEN 'not a decimal(3,2)'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "active fits" THEN 'not a boolean'
    WHEN NOT "visits fits" THEN 'not a bigint'
  END AS "reason"
FROM "checked"
WHERE NOT ("login fits"
  AND "seen fits"
  AND "name fits"
  AND "height fits"
  AND "born fits"
  AND "active fits"
  AND "visits fits")
ORDER BY "row_no";

ANALYZE "stage"."users" ("load_dt", "hk_login");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_login" IN (
  SELECT "hk_login"
  FROM "stage"."users"
  GROUP BY "hk_login"
  HAVING COUNT(*) > 1
);
