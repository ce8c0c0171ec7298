-- stage orders: rendered by dv-gen from metadata/lines.yml:26.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_src, rows_before, period_start, period_end.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "id" INTEGER NOT NULL,
  "order_no" VARCHAR(10),
  "changed_at" TIMESTAMP NOT NULL,
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "id" VARCHAR,
  "order_no" VARCHAR,
  "changed_at" VARCHAR,
  "paid" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'id',
  'order_no',
  'changed_at',
  'paid'
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
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."order_no" AS "order_no",
    raw."changed_at" AS "changed_at text",
    TRY_CAST(raw."changed_at" AS TIMESTAMP) AS "changed_at",
    raw."paid" AS "paid text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."paid") AS BOOLEAN) AS "paid"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    "order_no" IS NULL OR LENGTH("order_no") <= 10 AS "order_no fits",
    CASE WHEN CAST("changed_at" AS VARCHAR) = "changed_at text" AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("changed_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE FALSE END AS "changed_at fits",
    CASE WHEN CAST("paid" AS VARCHAR) = "paid text" THEN TRUE WHEN "paid" IS NOT NULL THEN REGEXP_FULL_MATCH("paid text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "paid text" IS NULL END AS "paid fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "id",
    "order_no",
    "changed_at",
    "paid",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "order_no fits"
    AND "changed_at fits"
    AND "paid fits"
)
SELECT
  "id",
  "order_no",
  "changed_at",
  "paid",
  "changed_at" AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("order_no", '\') OR CONTAINS("order_no", '|') THEN REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|') ELSE "order_no" END))))::UUID END AS "hk_order_no"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."id" AS "id text",
    TRY_CAST(raw."id" AS INTEGER) AS "id",
    raw."order_no" AS "order_no",
    raw."changed_at" AS "changed_at text",
    TRY_CAST(raw."changed_at" AS TIMESTAMP) AS "changed_at",
    raw."paid" AS "paid text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."paid") AS BOOLEAN) AS "paid"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("id" AS VARCHAR) = "id text" THEN TRUE WHEN "id" IS NOT NULL THEN REGEXP_FULL_MATCH("id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "id fits",
    "order_no" IS NULL OR LENGTH("order_no") <= 10 AS "order_no fits",
    CASE WHEN CAST("changed_at" AS VARCHAR) = "changed_at text" AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("changed_at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE FALSE END AS "changed_at fits",
    CASE WHEN CAST("paid" AS VARCHAR) = "paid text" THEN TRUE WHEN "paid" IS NOT NULL THEN REGEXP_FULL_MATCH("paid text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "paid text" IS NULL END AS "paid fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "changed_at fits" THEN 'changed_at'
    WHEN NOT "paid fits" THEN 'paid'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "order_no fits" THEN 'longer than 10 characters'
    WHEN "changed_at text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "changed_at fits" THEN 'not a timestamp'
    WHEN NOT "paid fits" THEN 'not a boolean'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "order_no fits"
  AND "changed_at fits"
  AND "paid fits")
ORDER BY "row_no";

-- Once for every file: its first and last load date, as the source itself has them.
SELECT MIN("load_dt"), MAX("load_dt")
FROM "stage"."orders"
WHERE "row_no" > CAST($rows_before AS BIGINT);

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

-- The whole delivery, kept aside while its periods are loaded one after the other (run --by).
DROP TABLE IF EXISTS "stage"."orders_whole";

CREATE TABLE "stage"."orders_whole" (
  "id" INTEGER NOT NULL,
  "order_no" VARCHAR(10),
  "changed_at" TIMESTAMP NOT NULL,
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID
);

INSERT INTO "stage"."orders_whole" (
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
)
SELECT
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
FROM "stage"."orders";

SELECT DISTINCT CAST("load_dt" AS DATE) AS "day"
FROM "stage"."orders_whole";

SELECT DISTINCT "load_dt"
FROM "stage"."orders_whole";

-- The rows of one period; its last moment is part of it.
INSERT INTO "stage"."orders" (
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
)
SELECT
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
FROM "stage"."orders_whole"
WHERE "load_dt" BETWEEN CAST($period_start AS TIMESTAMP) AND CAST($period_end AS TIMESTAMP);
