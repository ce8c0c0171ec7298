-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "id" INTEGER NOT NULL,
  "country" VARCHAR(2) COLLATE "C",
  "zip" VARCHAR(10) COLLATE "C",
  "name" VARCHAR(50) COLLATE "C",
  "height" DECIMAL(3, 2),
  "born" DATE,
  "active" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_country_zip" UUID,
  "hk_l_lives" UUID,
  "hashdiff_s_users" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."users_repeats";

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "id" TEXT COLLATE "C",
  "country" TEXT COLLATE "C",
  "zip" TEXT COLLATE "C",
  "name" TEXT COLLATE "C",
  "height" TEXT COLLATE "C",
  "born" TEXT COLLATE "C",
  "active" TEXT COLLATE "C"
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
  "id",
  "country",
  "zip",
  "name",
  "height",
  "born",
  "active",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_country_zip",
  "hk_l_lives",
  "hashdiff_s_users"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."country" AS "country",
    raw."zip" AS "zip",
    raw."name" AS "name",
    raw."height" AS "height text",
    CASE WHEN PG_INPUT_IS_VALID(raw."height", 'decimal(3, 2)') THEN CAST(raw."height" AS DECIMAL(3, 2)) END AS "height",
    raw."born" AS "born text",
    CASE WHEN PG_INPUT_IS_VALID(raw."born", 'date') THEN CAST(raw."born" AS DATE) END AS "born",
    raw."active" AS "active text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."active"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."active") AS BOOLEAN) END AS "active"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "zip" IS NULL OR LENGTH("zip") <= 10 AS "zip fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "height text" IS NULL OR "height" IS NOT NULL AND "height" < 'Infinity' AND (CAST("height" AS TEXT) = "height text" OR "height text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "height fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS TEXT) = "born text" OR "born text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "born fits",
    "active text" IS NULL OR "active" IS NOT NULL AND (CAST("active" AS TEXT) = "active text" OR "active text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "active fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "id",
    "country",
    "zip",
    "name",
    "height",
    "born",
    "active",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "country fits"
    AND "zip fits"
    AND "name fits"
    AND "height fits"
    AND "born fits"
    AND "active fits"
)
SELECT
  "id",
  "country",
  "zip",
  "name",
  "height",
  "born",
  "active",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("id" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''))::UUID AS "hk_user_id",
  MD5(NULLIF(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "country") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "zip") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'), '^^||^^'))::UUID AS "hk_country_zip",
  CASE WHEN (COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "country") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "zip") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') <> '^^||^^') THEN MD5(NULLIF(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("id" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "country") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "zip") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'), '^^||^^||^^'))::UUID END AS "hk_l_lives",
  MD5(COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("active" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("born" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("height" AS TEXT)) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^') || '||' || COALESCE(NULLIF((REPLACE(UPPER(TRIM(BOTH ' ' FROM "name") COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), ''), '^^'))::UUID AS "hashdiff_s_users"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."country" AS "country",
    raw."zip" AS "zip",
    raw."name" AS "name",
    raw."height" AS "height text",
    CASE WHEN PG_INPUT_IS_VALID(raw."height", 'decimal(3, 2)') THEN CAST(raw."height" AS DECIMAL(3, 2)) END AS "height",
    raw."born" AS "born text",
    CASE WHEN PG_INPUT_IS_VALID(raw."born", 'date') THEN CAST(raw."born" AS DATE) END AS "born",
    raw."active" AS "active text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."active"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."active") AS BOOLEAN) END AS "active"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "zip" IS NULL OR LENGTH("zip") <= 10 AS "zip fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "height text" IS NULL OR "height" IS NOT NULL AND "height" < 'Infinity' AND (CAST("height" AS TEXT) = "height text" OR "height text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "height fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS TEXT) = "born text" OR "born text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "born fits",
    "active text" IS NULL OR "active" IS NOT NULL AND (CAST("active" AS TEXT) = "active text" OR "active text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "active fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "zip fits" THEN 'zip'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "height fits" THEN 'height'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "active fits" THEN 'active'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN NOT "zip fits" THEN 'longer than 10 characters'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "height fits" THEN 'not a decimal(3,2)'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "active fits" THEN 'not a boolean'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "country fits"
  AND "zip fits"
  AND "name fits"
  AND "height fits"
  AND "born fits"
  AND "active fits")
ORDER BY "row_no";

ANALYZE "stage"."users" ("load_dt", "hk_user_id", "hk_country_zip", "hk_l_lives");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."users"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
