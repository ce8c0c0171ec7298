-- stage calls: rendered by dv-gen from metadata/model.yml:13.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."calls";

CREATE TABLE "stage"."calls" (
  "shop" INTEGER,
  "customer" INTEGER,
  "minutes" SMALLINT,
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
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
DROP TABLE IF EXISTS temp."raw_calls";

CREATE TEMPORARY TABLE "raw_calls" (
  "shop" VARCHAR,
  "customer" VARCHAR,
  "minutes" VARCHAR,
  "at" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_calls" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'shop',
  'customer',
  'minutes',
  'at'
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
    rowid - (SELECT MIN(rowid) FROM "raw_calls") + 1 AS "row_no",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."customer" AS "customer text",
    TRY_CAST(raw."customer" AS INTEGER) AS "customer",
    raw."minutes" AS "minutes text",
    TRY_CAST(raw."minutes" AS SMALLINT) AS "minutes",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at"
  FROM "raw_calls" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "shop text" IS NULL END AS "shop fits",
    CASE WHEN CAST("customer" AS VARCHAR) = "customer text" THEN TRUE WHEN "customer" IS NOT NULL THEN REGEXP_FULL_MATCH("customer text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer text" IS NULL END AS "customer fits",
    CASE WHEN CAST("minutes" AS VARCHAR) = "minutes text" THEN TRUE WHEN "minutes" IS NOT NULL THEN REGEXP_FULL_MATCH("minutes text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "minutes text" IS NULL END AS "minutes fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "at text" IS NULL END AS "at fits"
  FROM "typed" AS typed
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
    rowid - (SELECT MIN(rowid) FROM "raw_calls") + 1 AS "row_no",
    raw."shop" AS "shop text",
    TRY_CAST(raw."shop" AS INTEGER) AS "shop",
    raw."customer" AS "customer text",
    TRY_CAST(raw."customer" AS INTEGER) AS "customer",
    raw."minutes" AS "minutes text",
    TRY_CAST(raw."minutes" AS SMALLINT) AS "minutes",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at"
  FROM "raw_calls" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("shop" AS VARCHAR) = "shop text" THEN TRUE WHEN "shop" IS NOT NULL THEN REGEXP_FULL_MATCH("shop text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "shop text" IS NULL END AS "shop fits",
    CASE WHEN CAST("customer" AS VARCHAR) = "customer text" THEN TRUE WHEN "customer" IS NOT NULL THEN REGEXP_FULL_MATCH("customer text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "customer text" IS NULL END AS "customer fits",
    CASE WHEN CAST("minutes" AS VARCHAR) = "minutes text" THEN TRUE WHEN "minutes" IS NOT NULL THEN REGEXP_FULL_MATCH("minutes text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "minutes text" IS NULL END AS "minutes fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "at text" IS NULL END AS "at fits"
  FROM "typed" AS typed
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
