-- stage payments: rendered by dv-gen from metadata/orders.yml:9.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."payments";

CREATE TABLE "stage"."payments" (
  "company" VARCHAR(4) NOT NULL,
  "order_nr" BIGINT NOT NULL,
  "paid" TIMESTAMP,
  "order_date" DATE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_company_no_order_no" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."payments_repeats";

CREATE TABLE "stage"."payments_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_payments";

CREATE TEMPORARY TABLE "raw_payments" (
  "company" VARCHAR,
  "order_nr" VARCHAR,
  "paid" VARCHAR,
  "order_date" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_payments" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'company',
  'order_nr',
  'paid',
  'order_date'
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
INSERT INTO "stage"."payments" (
  "company",
  "order_nr",
  "paid",
  "order_date",
  "load_dt",
  "load_src",
  "row_no",
  "hk_company_no_order_no"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_payments") + 1 AS "row_no",
    raw."company" AS "company",
    raw."order_nr" AS "order_nr text",
    TRY_CAST(raw."order_nr" AS BIGINT) AS "order_nr",
    raw."paid" AS "paid text",
    TRY_CAST(raw."paid" AS TIMESTAMP) AS "paid",
    raw."order_date" AS "order_date text",
    TRY_CAST(raw."order_date" AS DATE) AS "order_date"
  FROM "raw_payments" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NOT NULL AND LENGTH("company") <= 4 AS "company fits",
    CASE WHEN CAST("order_nr" AS VARCHAR) = "order_nr text" THEN TRUE WHEN "order_nr" IS NOT NULL THEN REGEXP_FULL_MATCH("order_nr text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_nr fits",
    CASE WHEN CAST("paid" AS VARCHAR) = "paid text" AND "paid" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "paid" IS NOT NULL AND "paid" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("paid text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "paid text" IS NULL END AS "paid fits",
    CASE WHEN CAST("order_date" AS VARCHAR) = "order_date text" AND "order_date" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "order_date" IS NOT NULL AND "order_date" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("order_date text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "order_date text" IS NULL END AS "order_date fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "company",
    "order_nr",
    "paid",
    "order_date",
    "row_no"
  FROM "checked"
  WHERE "company fits"
    AND "order_nr fits"
    AND "paid fits"
    AND "order_date fits"
)
SELECT
  "company",
  "order_nr",
  "paid",
  "order_date",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CONCAT_WS('|', UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("company", '\') OR CONTAINS("company", '|') THEN REPLACE(REPLACE("company", '\', '\\'), '|', '\|') ELSE "company" END)), CAST("order_nr" AS VARCHAR))))::UUID AS "hk_company_no_order_no"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_payments") + 1 AS "row_no",
    raw."company" AS "company",
    raw."order_nr" AS "order_nr text",
    TRY_CAST(raw."order_nr" AS BIGINT) AS "order_nr",
    raw."paid" AS "paid text",
    TRY_CAST(raw."paid" AS TIMESTAMP) AS "paid",
    raw."order_date" AS "order_date text",
    TRY_CAST(raw."order_date" AS DATE) AS "order_date"
  FROM "raw_payments" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NOT NULL AND LENGTH("company") <= 4 AS "company fits",
    CASE WHEN CAST("order_nr" AS VARCHAR) = "order_nr text" THEN TRUE WHEN "order_nr" IS NOT NULL THEN REGEXP_FULL_MATCH("order_nr text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_nr fits",
    CASE WHEN CAST("paid" AS VARCHAR) = "paid text" AND "paid" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "paid" IS NOT NULL AND "paid" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("paid text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "paid text" IS NULL END AS "paid fits",
    CASE WHEN CAST("order_date" AS VARCHAR) = "order_date text" AND "order_date" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "order_date" IS NOT NULL AND "order_date" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("order_date text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "order_date text" IS NULL END AS "order_date fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "company fits" THEN 'company'
    WHEN NOT "order_nr fits" THEN 'order_nr'
    WHEN NOT "paid fits" THEN 'paid'
    WHEN NOT "order_date fits" THEN 'order_date'
  END AS "column_name",
  CASE
    WHEN "company" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "company fits" THEN 'longer than 4 characters'
    WHEN "order_nr text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_nr fits" THEN 'not a bigint'
    WHEN NOT "paid fits" THEN 'not a timestamp'
    WHEN NOT "order_date fits" THEN 'not a date'
  END AS "reason"
FROM "checked"
WHERE NOT ("company fits"
  AND "order_nr fits"
  AND "paid fits"
  AND "order_date fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."payments_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."payments"
WHERE "hk_company_no_order_no" IN (
  SELECT "hk_company_no_order_no"
  FROM "stage"."payments"
  GROUP BY "hk_company_no_order_no"
  HAVING COUNT(*) > 1
);
