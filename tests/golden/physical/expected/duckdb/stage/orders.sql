-- stage orders: rendered by dv-gen from metadata/model.yml:2.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" BIGINT NOT NULL,
  "country" VARCHAR(2),
  "ordered_on" DATE NOT NULL,
  "status" VARCHAR(20),
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_country_code" UUID,
  "hk_l_orders_countries" UUID,
  "hashdiff_s_order_status" UUID NOT NULL,
  "hashdiff_r_statuses" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "order_no" VARCHAR,
  "country" VARCHAR,
  "ordered_on" VARCHAR,
  "status" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_no',
  'country',
  'ordered_on',
  'status'
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
INSERT INTO "stage"."orders" (
  "order_no",
  "country",
  "ordered_on",
  "status",
  "ldts",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_country_code",
  "hk_l_orders_countries",
  "hashdiff_s_order_status",
  "hashdiff_r_statuses"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS BIGINT) AS "order_no",
    raw."country" AS "country",
    raw."ordered_on" AS "ordered_on text",
    TRY_CAST(raw."ordered_on" AS DATE) AS "ordered_on",
    raw."status" AS "status"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    CASE WHEN CAST("ordered_on" AS VARCHAR) = "ordered_on text" AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("ordered_on text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "ordered_on fits",
    "status" IS NULL OR LENGTH("status") <= 20 AS "status fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_no",
    "country",
    "ordered_on",
    "status",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "country fits"
    AND "ordered_on fits"
    AND "status fits"
)
SELECT
  "order_no",
  "country",
  "ordered_on",
  "status",
  CAST($load_dt AS TIMESTAMP) AS "ldts",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("order_no" AS VARCHAR)))::UUID AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END))))::UUID END AS "hk_country_code",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' THEN UNHEX(MD5(CONCAT_WS('|', CAST("order_no" AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END)))))::UUID END AS "hk_l_orders_countries",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'ordered_on=' || CAST("ordered_on" AS VARCHAR),
    'status=' || CASE WHEN CONTAINS("status", '\') OR CONTAINS("status", '|') THEN REPLACE(REPLACE("status", '\', '\\'), '|', '\|') ELSE "status" END
  )))::UUID AS "hashdiff_s_order_status",
  UNHEX(MD5(COALESCE('country=' || CASE WHEN CONTAINS("country", '\') OR CONTAINS("country", '|') THEN REPLACE(REPLACE("country", '\', '\\'), '|', '\|') ELSE "country" END, '')))::UUID AS "hashdiff_r_statuses"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    TRY_CAST(raw."order_no" AS BIGINT) AS "order_no",
    raw."country" AS "country",
    raw."ordered_on" AS "ordered_on text",
    TRY_CAST(raw."ordered_on" AS DATE) AS "ordered_on",
    raw."status" AS "status"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_no" AS VARCHAR) = "order_no text" THEN TRUE WHEN "order_no" IS NOT NULL THEN REGEXP_FULL_MATCH("order_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "order_no fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    CASE WHEN CAST("ordered_on" AS VARCHAR) = "ordered_on text" AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("ordered_on text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "ordered_on fits",
    "status" IS NULL OR LENGTH("status") <= 20 AS "status fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "ordered_on fits" THEN 'ordered_on'
    WHEN NOT "status fits" THEN 'status'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not a bigint'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN "ordered_on text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "ordered_on fits" THEN 'not a date'
    WHEN NOT "status fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "country fits"
  AND "ordered_on fits"
  AND "status fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."orders"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
