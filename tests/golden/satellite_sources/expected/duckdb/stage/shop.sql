-- stage shop: rendered by dv-gen from metadata/customers.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."shop";

CREATE TABLE "stage"."shop" (
  "customer" VARCHAR(20) NOT NULL,
  "name" VARCHAR(100) NOT NULL,
  "age" INTEGER,
  "seen_at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer_no" UUID,
  "hashdiff_s_last" UUID NOT NULL,
  "hashdiff_s_first" UUID NOT NULL,
  "hashdiff_s_all" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."shop_repeats";

CREATE TABLE "stage"."shop_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_shop";

CREATE TEMPORARY TABLE "raw_shop" (
  "customer" VARCHAR,
  "name" VARCHAR,
  "age" VARCHAR,
  "seen_at" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_shop" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'customer',
  'name',
  'age',
  'seen_at'
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
INSERT INTO "stage"."shop" (
  "customer",
  "name",
  "age",
  "seen_at",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_no",
  "hashdiff_s_last",
  "hashdiff_s_first",
  "hashdiff_s_all"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_shop") + 1 AS "row_no",
    raw."customer" AS "customer",
    raw."name" AS "name",
    raw."age" AS "age text",
    TRY_CAST(raw."age" AS INTEGER) AS "age",
    raw."seen_at" AS "seen_at text",
    TRY_CAST(raw."seen_at" AS TIMESTAMP) AS "seen_at"
  FROM "raw_shop" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND LENGTH("customer") <= 20 AS "customer fits",
    "name" IS NOT NULL AND LENGTH("name") <= 100 AS "name fits",
    CASE WHEN CAST("age" AS VARCHAR) = "age text" THEN TRUE WHEN "age" IS NOT NULL THEN REGEXP_FULL_MATCH("age text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "age text" IS NULL END AS "age fits",
    CASE WHEN CAST("seen_at" AS VARCHAR) = "seen_at text" AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("seen_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "seen_at text" IS NULL END AS "seen_at fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "customer",
    "name",
    "age",
    "seen_at",
    "row_no"
  FROM "checked"
  WHERE "customer fits"
    AND "name fits"
    AND "age fits"
    AND "seen_at fits"
)
SELECT
  "customer",
  "name",
  "age",
  "seen_at",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("customer", '\') OR CONTAINS("customer", '|') THEN REPLACE(REPLACE("customer", '\', '\\'), '|', '\|') ELSE "customer" END))))::UUID END AS "hk_customer_no",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'age=' || CAST("age" AS VARCHAR),
    'full_name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END
  )))::UUID AS "hashdiff_s_last",
  UNHEX(MD5('name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END))::UUID AS "hashdiff_s_first",
  UNHEX(MD5(COALESCE('age=' || CAST("age" AS VARCHAR), '')))::UUID AS "hashdiff_s_all"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_shop") + 1 AS "row_no",
    raw."customer" AS "customer",
    raw."name" AS "name",
    raw."age" AS "age text",
    TRY_CAST(raw."age" AS INTEGER) AS "age",
    raw."seen_at" AS "seen_at text",
    TRY_CAST(raw."seen_at" AS TIMESTAMP) AS "seen_at"
  FROM "raw_shop" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND LENGTH("customer") <= 20 AS "customer fits",
    "name" IS NOT NULL AND LENGTH("name") <= 100 AS "name fits",
    CASE WHEN CAST("age" AS VARCHAR) = "age text" THEN TRUE WHEN "age" IS NOT NULL THEN REGEXP_FULL_MATCH("age text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "age text" IS NULL END AS "age fits",
    CASE WHEN CAST("seen_at" AS VARCHAR) = "seen_at text" AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("seen_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "seen_at text" IS NULL END AS "seen_at fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "age fits" THEN 'age'
    WHEN NOT "seen_at fits" THEN 'seen_at'
  END AS "column_name",
  CASE
    WHEN "customer" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "customer fits" THEN 'longer than 20 characters'
    WHEN "name" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "name fits" THEN 'longer than 100 characters'
    WHEN NOT "age fits" THEN 'not an integer'
    WHEN NOT "seen_at fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer fits"
  AND "name fits"
  AND "age fits"
  AND "seen_at fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."shop_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."shop"
WHERE "hk_customer_no" IN (
  SELECT "hk_customer_no"
  FROM "stage"."shop"
  GROUP BY "hk_customer_no"
  HAVING COUNT(*) > 1
);
