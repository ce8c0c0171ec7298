-- stage calls: rendered by dv-gen from metadata/model.yml:13.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."calls";

CREATE TABLE "stage"."calls" (
  "shop" INTEGER,
  "customer" INTEGER,
  "minutes" SMALLINT,
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_shop_no" UUID,
  "hk_customer_no" UUID,
  "hk_l_calls" UUID
);

DROP TABLE IF EXISTS "stage"."calls_repeats";

CREATE TABLE "stage"."calls_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_calls";

CREATE TEMPORARY TABLE "raw_calls" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "shop" TEXT COLLATE "C",
  "customer" TEXT COLLATE "C",
  "minutes" TEXT COLLATE "C",
  "at" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_calls";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_calls" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."calls" (
  "shop",
  "customer",
  "minutes",
  "at",
  "load_dt",
  "load_src",
  "row_no",
  "hk_shop_no",
  "hk_customer_no",
  "hk_l_calls"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_calls") + 1 AS "row_no",
    raw."shop" AS "shop text",
    CASE WHEN PG_INPUT_IS_VALID(raw."shop", 'integer') THEN CAST(raw."shop" AS INTEGER) END AS "shop",
    raw."customer" AS "customer text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer", 'integer') THEN CAST(raw."customer" AS INTEGER) END AS "customer",
    raw."minutes" AS "minutes text",
    CASE WHEN PG_INPUT_IS_VALID(raw."minutes", 'smallint') THEN CAST(raw."minutes" AS SMALLINT) END AS "minutes",
    raw."at" AS "at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."at", 'timestamp') THEN CAST(raw."at" AS TIMESTAMP) END AS "at"
  FROM "raw_calls" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NULL OR "shop" IS NOT NULL AND (CAST("shop" AS TEXT) = "shop text" OR "shop text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "shop fits",
    "customer text" IS NULL OR "customer" IS NOT NULL AND (CAST("customer" AS TEXT) = "customer text" OR "customer text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer fits",
    "minutes text" IS NULL OR "minutes" IS NOT NULL AND (CAST("minutes" AS TEXT) = "minutes text" OR "minutes text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "minutes fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS TEXT) = "at text" OR "at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "at fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "shop",
    "customer",
    "minutes",
    "at",
    "row_no"
  FROM "checked"
  WHERE "shop fits"
    AND "customer fits"
    AND "minutes fits"
    AND "at fits"
)
SELECT
  "shop",
  "customer",
  "minutes",
  "at",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "shop" IS NOT NULL THEN MD5(CAST("shop" AS TEXT))::UUID END AS "hk_shop_no",
  CASE WHEN "customer" IS NOT NULL THEN MD5(CAST("customer" AS TEXT))::UUID END AS "hk_customer_no",
  CASE WHEN "customer" IS NOT NULL AND "shop" IS NOT NULL THEN MD5(CAST("customer" AS TEXT) || '|' || CAST("shop" AS TEXT))::UUID END AS "hk_l_calls"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_calls") + 1 AS "row_no",
    raw."shop" AS "shop text",
    CASE WHEN PG_INPUT_IS_VALID(raw."shop", 'integer') THEN CAST(raw."shop" AS INTEGER) END AS "shop",
    raw."customer" AS "customer text",
    CASE WHEN PG_INPUT_IS_VALID(raw."customer", 'integer') THEN CAST(raw."customer" AS INTEGER) END AS "customer",
    raw."minutes" AS "minutes text",
    CASE WHEN PG_INPUT_IS_VALID(raw."minutes", 'smallint') THEN CAST(raw."minutes" AS SMALLINT) END AS "minutes",
    raw."at" AS "at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."at", 'timestamp') THEN CAST(raw."at" AS TIMESTAMP) END AS "at"
  FROM "raw_calls" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NULL OR "shop" IS NOT NULL AND (CAST("shop" AS TEXT) = "shop text" OR "shop text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "shop fits",
    "customer text" IS NULL OR "customer" IS NOT NULL AND (CAST("customer" AS TEXT) = "customer text" OR "customer text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "customer fits",
    "minutes text" IS NULL OR "minutes" IS NOT NULL AND (CAST("minutes" AS TEXT) = "minutes text" OR "minutes text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "minutes fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS TEXT) = "at text" OR "at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "at fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "shop fits" THEN 'shop'
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "minutes fits" THEN 'minutes'
    WHEN NOT "at fits" THEN 'at'
  END AS "column_name",
  CASE
    WHEN NOT "shop fits" THEN 'not an integer'
    WHEN NOT "customer fits" THEN 'not an integer'
    WHEN NOT "minutes fits" THEN 'not a smallint'
    WHEN NOT "at fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("shop fits"
  AND "customer fits"
  AND "minutes fits"
  AND "at fits")
ORDER BY "row_no";

ANALYZE "stage"."calls" ("load_dt", "hk_shop_no", "hk_customer_no", "hk_l_calls");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."calls_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."calls"
WHERE "hk_shop_no" IN (
  SELECT "hk_shop_no"
  FROM "stage"."calls"
  GROUP BY "hk_shop_no"
  HAVING COUNT(*) > 1
);
