-- stage crm: rendered by dv-gen from metadata/customers.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."crm";

CREATE TABLE "stage"."crm" (
  "client" INTEGER,
  "score" DECIMAL(10, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer_id" UUID,
  "hashdiff_s_crm" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."crm_repeats";

CREATE TABLE "stage"."crm_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_crm";

CREATE TEMPORARY TABLE "raw_crm" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "client" TEXT COLLATE "C",
  "score" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_crm";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_crm" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."crm" (
  "client",
  "score",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_id",
  "hashdiff_s_crm"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_crm") + 1 AS "row_no",
    raw."client" AS "client text",
    CASE WHEN PG_INPUT_IS_VALID(raw."client", 'integer') THEN CAST(raw."client" AS INTEGER) END AS "client",
    raw."score" AS "score text",
    CASE WHEN PG_INPUT_IS_VALID(raw."score", 'decimal(10, 2)') THEN CAST(raw."score" AS DECIMAL(10, 2)) END AS "score"
  FROM "raw_crm" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "client text" IS NULL OR "client" IS NOT NULL AND (CAST("client" AS TEXT) = "client text" OR "client text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "client fits",
    "score text" IS NULL OR "score" IS NOT NULL AND "score" < 'Infinity' AND (CAST("score" AS TEXT) = "score text" OR "score text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "score fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "client",
    "score",
    "row_no"
  FROM "checked"
  WHERE "client fits"
    AND "score fits"
)
SELECT
  "client",
  "score",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "client" IS NOT NULL THEN MD5(CAST("client" AS TEXT))::UUID END AS "hk_customer_id",
  MD5(COALESCE('score=' || CAST(TRIM_SCALE("score") AS TEXT), ''))::UUID AS "hashdiff_s_crm"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_crm") + 1 AS "row_no",
    raw."client" AS "client text",
    CASE WHEN PG_INPUT_IS_VALID(raw."client", 'integer') THEN CAST(raw."client" AS INTEGER) END AS "client",
    raw."score" AS "score text",
    CASE WHEN PG_INPUT_IS_VALID(raw."score", 'decimal(10, 2)') THEN CAST(raw."score" AS DECIMAL(10, 2)) END AS "score"
  FROM "raw_crm" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "client text" IS NULL OR "client" IS NOT NULL AND (CAST("client" AS TEXT) = "client text" OR "client text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "client fits",
    "score text" IS NULL OR "score" IS NOT NULL AND "score" < 'Infinity' AND (CAST("score" AS TEXT) = "score text" OR "score text" ~ '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)$') AS "score fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "client fits" THEN 'client'
    WHEN NOT "score fits" THEN 'score'
  END AS "column_name",
  CASE
    WHEN NOT "client fits" THEN 'not an integer'
    WHEN NOT "score fits" THEN 'not a decimal(10,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("client fits"
  AND "score fits")
ORDER BY "row_no";

ANALYZE "stage"."crm" ("load_dt", "hk_customer_id");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."crm_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."crm"
WHERE "hk_customer_id" IN (
  SELECT "hk_customer_id"
  FROM "stage"."crm"
  GROUP BY "hk_customer_id"
  HAVING COUNT(*) > 1
);
