-- stage profiles: rendered by dv-gen from metadata/model.yml:6.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."profiles";

CREATE TABLE "stage"."profiles" (
  "user_id" INTEGER NOT NULL,
  "nick" VARCHAR(50) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hashdiff_s_profiles" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."profiles_repeats";

CREATE TABLE "stage"."profiles_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_profiles";

CREATE TEMPORARY TABLE "raw_profiles" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "user_id" TEXT COLLATE "C",
  "nick" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_profiles";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_profiles" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."profiles" (
  "user_id",
  "nick",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hashdiff_s_profiles"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_profiles") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."nick" AS "nick"
  FROM "raw_profiles" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "nick" IS NULL OR LENGTH("nick") <= 50 AS "nick fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "user_id",
    "nick",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "nick fits"
)
SELECT
  "user_id",
  "nick",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("user_id" AS TEXT))::UUID AS "hk_user_id",
  MD5(COALESCE('nick=' || REPLACE(REPLACE("nick", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_profiles"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_profiles") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."nick" AS "nick"
  FROM "raw_profiles" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "nick" IS NULL OR LENGTH("nick") <= 50 AS "nick fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "nick fits" THEN 'nick'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN NOT "nick fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "nick fits")
ORDER BY "row_no";

ANALYZE "stage"."profiles" ("load_dt", "hk_user_id");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."profiles_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."profiles"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."profiles"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
