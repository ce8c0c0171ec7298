-- stage users: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users";

CREATE TABLE "stage"."users" (
  "user_id" INTEGER NOT NULL,
  "boss" INTEGER,
  "country" VARCHAR(2) COLLATE "C",
  "city" VARCHAR(50) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "key_user_id" INTEGER NOT NULL,
  "key_user_id_boss" INTEGER,
  "key_country_city" VARCHAR(105) COLLATE "C",
  "key_l_bosses" VARCHAR(129) COLLATE "C",
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
  "user_id" TEXT COLLATE "C",
  "boss" TEXT COLLATE "C",
  "country" TEXT COLLATE "C",
  "city" TEXT COLLATE "C"
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
  "user_id",
  "boss",
  "country",
  "city",
  "load_dt",
  "load_src",
  "row_no",
  "key_user_id",
  "key_user_id_boss",
  "key_country_city",
  "key_l_bosses",
  "hashdiff_s_users"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."boss" AS "boss text",
    CASE WHEN PG_INPUT_IS_VALID(raw."boss", 'integer') THEN CAST(raw."boss" AS INTEGER) END AS "boss",
    raw."country" AS "country",
    raw."city" AS "city"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND (CAST("boss" AS TEXT) = "boss text" OR "boss text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "boss fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "user_id",
    "boss",
    "country",
    "city",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "boss fits"
    AND "country fits"
    AND "city fits"
)
SELECT
  "user_id",
  "boss",
  "country",
  "city",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  "user_id" AS "key_user_id",
  "boss" AS "key_user_id_boss",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR TRIM(BOTH ' ' FROM "city") <> '' THEN COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') || '|' || COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("city", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') END AS "key_country_city",
  CASE WHEN "boss" IS NOT NULL AND (TRIM(BOTH ' ' FROM "country") <> '' OR TRIM(BOTH ' ' FROM "city") <> '') THEN CAST("user_id" AS TEXT) || '|' || CAST("boss" AS TEXT) || '|' || COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') || '|' || COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("city", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') END AS "key_l_bosses",
  MD5(COALESCE('city=' || REPLACE(REPLACE("city", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_users"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."boss" AS "boss text",
    CASE WHEN PG_INPUT_IS_VALID(raw."boss", 'integer') THEN CAST(raw."boss" AS INTEGER) END AS "boss",
    raw."country" AS "country",
    raw."city" AS "city"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND (CAST("boss" AS TEXT) = "boss text" OR "boss text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "boss fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "boss fits" THEN 'boss'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "city fits" THEN 'city'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN NOT "boss fits" THEN 'not an integer'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN NOT "city fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "boss fits"
  AND "country fits"
  AND "city fits")
ORDER BY "row_no";

ANALYZE "stage"."users" ("load_dt", "key_user_id", "key_user_id_boss", "key_country_city", "key_l_bosses");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "key_user_id" IN (
  SELECT "key_user_id"
  FROM "stage"."users"
  GROUP BY "key_user_id"
  HAVING COUNT(*) > 1
);
