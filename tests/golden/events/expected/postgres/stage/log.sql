-- stage log: rendered by dv-gen from metadata/log.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."log";

CREATE TABLE "stage"."log" (
  "user_id" INTEGER,
  "target_id" INTEGER NOT NULL,
  "at" TIMESTAMP NOT NULL,
  "what" VARCHAR(20) COLLATE "C",
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_user_id" UUID,
  "hk_user_id_target" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."log_repeats";

CREATE TABLE "stage"."log_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_log";

CREATE TEMPORARY TABLE "raw_log" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "user_id" TEXT COLLATE "C",
  "target_id" TEXT COLLATE "C",
  "at" TEXT COLLATE "C",
  "what" TEXT COLLATE "C",
  "weight" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_log";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_log" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."log" (
  "user_id",
  "target_id",
  "at",
  "what",
  "weight",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_user_id_target"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_log") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."target_id" AS "target_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."target_id", 'integer') THEN CAST(raw."target_id" AS INTEGER) END AS "target_id",
    raw."at" AS "at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."at", 'timestamp') THEN CAST(raw."at" AS TIMESTAMP) END AS "at",
    raw."what" AS "what",
    raw."weight" AS "weight text",
    CASE WHEN PG_INPUT_IS_VALID(raw."weight", 'double precision') THEN CAST(raw."weight" AS DOUBLE PRECISION) END AS "weight"
  FROM "raw_log" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NULL OR "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "target_id text" IS NOT NULL AND "target_id" IS NOT NULL AND (CAST("target_id" AS TEXT) = "target_id text" OR "target_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "target_id fits",
    "at text" IS NOT NULL AND "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS TEXT) = "at text" OR "at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "at fits",
    "what" IS NULL OR LENGTH("what") <= 20 AS "what fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND "weight text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)$' AND ("weight" <> 0 OR "weight text" ~ '^([^1-9eE]*([eE].*)?)$') AS "weight fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "user_id",
    "target_id",
    "at",
    "what",
    "weight",
    "row_no"
  FROM "checked"
  WHERE "user_id fits"
    AND "target_id fits"
    AND "at fits"
    AND "what fits"
    AND "weight fits"
)
SELECT
  "user_id",
  "target_id",
  "at",
  "what",
  "weight",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "user_id" IS NOT NULL THEN MD5(CAST("user_id" AS TEXT))::UUID END AS "hk_user_id",
  MD5(CAST("target_id" AS TEXT))::UUID AS "hk_user_id_target"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_log") + 1 AS "row_no",
    raw."user_id" AS "user_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."user_id", 'integer') THEN CAST(raw."user_id" AS INTEGER) END AS "user_id",
    raw."target_id" AS "target_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."target_id", 'integer') THEN CAST(raw."target_id" AS INTEGER) END AS "target_id",
    raw."at" AS "at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."at", 'timestamp') THEN CAST(raw."at" AS TIMESTAMP) END AS "at",
    raw."what" AS "what",
    raw."weight" AS "weight text",
    CASE WHEN PG_INPUT_IS_VALID(raw."weight", 'double precision') THEN CAST(raw."weight" AS DOUBLE PRECISION) END AS "weight"
  FROM "raw_log" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NULL OR "user_id" IS NOT NULL AND (CAST("user_id" AS TEXT) = "user_id text" OR "user_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "user_id fits",
    "target_id text" IS NOT NULL AND "target_id" IS NOT NULL AND (CAST("target_id" AS TEXT) = "target_id text" OR "target_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "target_id fits",
    "at text" IS NOT NULL AND "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS TEXT) = "at text" OR "at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "at fits",
    "what" IS NULL OR LENGTH("what") <= 20 AS "what fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND "weight text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)$' AND ("weight" <> 0 OR "weight text" ~ '^([^1-9eE]*([eE].*)?)$') AS "weight fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "target_id fits" THEN 'target_id'
    WHEN NOT "at fits" THEN 'at'
    WHEN NOT "what fits" THEN 'what'
    WHEN NOT "weight fits" THEN 'weight'
  END AS "column_name",
  CASE
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN "target_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "target_id fits" THEN 'not an integer'
    WHEN "at text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "at fits" THEN 'not a timestamp'
    WHEN NOT "what fits" THEN 'longer than 20 characters'
    WHEN NOT "weight fits" THEN 'not a double'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "target_id fits"
  AND "at fits"
  AND "what fits"
  AND "weight fits")
ORDER BY "row_no";

ANALYZE "stage"."log" ("load_dt", "hk_user_id", "hk_user_id_target");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."log_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."log"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."log"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
