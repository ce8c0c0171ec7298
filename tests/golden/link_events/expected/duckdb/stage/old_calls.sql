-- stage old_calls: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."old_calls";

CREATE TABLE "stage"."old_calls" (
  "customer" INTEGER,
  "shop" INTEGER,
  "at" TIMESTAMP,
  "minutes" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_shop_no" UUID,
  "hk_customer_no" UUID,
  "hk_l_calls" UUID
);

DROP TABLE IF EXISTS "stage"."old_calls_repeats";

CREATE TABLE "stage"."old_calls_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_old_calls";

CREATE TEMPORARY TABLE "raw_old_calls" (
  "customer" VARCHAR,
  "shop" VARCHAR,
  "at" VARCHAR,
  "minutes" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_old_calls" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'customer',
  'shop',
  'at',
  'minutes'
))
FROM read_csv(
  $file,
  columns = $columns,
  header = true,
  delim = ',',
  quote = '"',
  escape = '"',
  new_line = $new_line,
  nullstr = [''],
  allow_quoted_nulls = false,
  auto_detect = false,
  compression = 'none',
  hive_partitioning = false,
  store_rejects = true,
  rejects_limit = 0
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."old_calls" (
  "customer",
  "shop",
  "at",
  "minutes",
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
    rowid - (SELECT MIN(rowid) FROM "raw_old_calls") + 1 AS "row_no",
    raw."customer" AS "customer text",
    TRY_CAST(raw."customer" AS INTEGER) AS "customer",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at",
    raw."minutes" AS "minutes text",
    TRY_CAST(raw."minutes" AS INTEGER) AS "minutes"
  FROM "raw_old_calls" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("customer" AS VARCHAR) = "customer text" THEN TRUE WHEN "customer" IS NOT NULL THEN REGEXP_FULL_MATCH("customer text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer text" IS NULL END AS "customer fits",
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "shop text" IS NULL END AS "shop fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "at text" IS NULL END AS "at fits",
    CASE WHEN CAST("minutes" AS VARCHAR) = "minutes text" THEN TRUE WHEN "minutes" IS NOT NULL THEN REGEXP_FULL_MATCH("minutes text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "minutes text" IS NULL END AS "minutes fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "customer",
    "shop",
    "at",
    "minutes",
    "row_no"
  FROM "checked"
  WHERE "customer fits"
    AND "shop fits"
    AND "at fits"
    AND "minutes fits"
)
SELECT
  "customer",
  "shop",
  "at",
  "minutes",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN "shop" IS NOT NULL THEN UNHEX(MD5(CAST("shop" AS VARCHAR)))::UUID END AS "hk_shop_no",
  CASE WHEN "customer" IS NOT NULL THEN UNHEX(MD5(CAST("customer" AS VARCHAR)))::UUID END AS "hk_customer_no",
  CASE WHEN "customer" IS NOT NULL AND "shop" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("customer" AS VARCHAR), CAST("shop" AS VARCHAR))))::UUID END AS "hk_l_calls"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_old_calls") + 1 AS "row_no",
    raw."customer" AS "customer text",
    TRY_CAST(raw."customer" AS INTEGER) AS "customer",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at",
    raw."minutes" AS "minutes text",
    TRY_CAST(raw."minutes" AS INTEGER) AS "minutes"
  FROM "raw_old_calls" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("customer" AS VARCHAR) = "customer text" THEN TRUE WHEN "customer" IS NOT NULL THEN REGEXP_FULL_MATCH("customer text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer text" IS NULL END AS "customer fits",
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "shop text" IS NULL END AS "shop fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "at text" IS NULL END AS "at fits",
    CASE WHEN CAST("minutes" AS VARCHAR) = "minutes text" THEN TRUE WHEN "minutes" IS NOT NULL THEN REGEXP_FULL_MATCH("minutes text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "minutes text" IS NULL END AS "minutes fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "shop fits" THEN 'shop'
    WHEN NOT "at fits" THEN 'at'
    WHEN NOT "minutes fits" THEN 'minutes'
  END AS "column_name",
  CASE
    WHEN NOT "customer fits" THEN 'not an integer'
    WHEN NOT "shop fits" THEN 'not an integer'
    WHEN NOT "at fits" THEN 'not a timestamp'
    WHEN NOT "minutes fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer fits"
  AND "shop fits"
  AND "at fits"
  AND "minutes fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."old_calls_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."old_calls"
WHERE "hk_shop_no" IN (
  SELECT "hk_shop_no"
  FROM "stage"."old_calls"
  GROUP BY "hk_shop_no"
  HAVING COUNT(*) > 1
);
