-- stage orders: rendered by dv-gen from metadata/orders.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "company" VARCHAR(4),
  "nr" INTEGER,
  "follows_company" VARCHAR(4),
  "follows_nr" INTEGER,
  "placed" DATE,
  "rush" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_company_no_order_no" UUID,
  "hk_company_no_order_no_predecessor" UUID,
  "hk_l_follows" UUID
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "company" VARCHAR,
  "nr" VARCHAR,
  "follows_company" VARCHAR,
  "follows_nr" VARCHAR,
  "placed" VARCHAR,
  "rush" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_orders" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'company',
  'nr',
  'follows_company',
  'follows_nr',
  'placed',
  'rush'
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
  "company",
  "nr",
  "follows_company",
  "follows_nr",
  "placed",
  "rush",
  "load_dt",
  "load_src",
  "row_no",
  "hk_company_no_order_no",
  "hk_company_no_order_no_predecessor",
  "hk_l_follows"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."company" AS "company",
    raw."nr" AS "nr text",
    TRY_CAST(raw."nr" AS INTEGER) AS "nr",
    raw."follows_company" AS "follows_company",
    raw."follows_nr" AS "follows_nr text",
    TRY_CAST(raw."follows_nr" AS INTEGER) AS "follows_nr",
    raw."placed" AS "placed text",
    TRY_CAST(raw."placed" AS DATE) AS "placed",
    raw."rush" AS "rush text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."rush") AS BOOLEAN) AS "rush"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NULL OR LENGTH("company") <= 4 AS "company fits",
    CASE WHEN CAST("nr" AS VARCHAR) = "nr text" THEN TRUE WHEN "nr" IS NOT NULL THEN REGEXP_FULL_MATCH("nr text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "nr text" IS NULL END AS "nr fits",
    "follows_company" IS NULL OR LENGTH("follows_company") <= 4 AS "follows_company fits",
    CASE WHEN CAST("follows_nr" AS VARCHAR) = "follows_nr text" THEN TRUE WHEN "follows_nr" IS NOT NULL THEN REGEXP_FULL_MATCH("follows_nr text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "follows_nr text" IS NULL END AS "follows_nr fits",
    CASE WHEN CAST("placed" AS VARCHAR) = "placed text" AND "placed" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "placed" IS NOT NULL AND "placed" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("placed text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "placed text" IS NULL END AS "placed fits",
    CASE WHEN CAST("rush" AS VARCHAR) = "rush text" THEN TRUE WHEN "rush" IS NOT NULL THEN REGEXP_FULL_MATCH("rush text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "rush text" IS NULL END AS "rush fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "company",
    "nr",
    "follows_company",
    "follows_nr",
    "placed",
    "rush",
    "row_no"
  FROM "checked"
  WHERE "company fits"
    AND "nr fits"
    AND "follows_company fits"
    AND "follows_nr fits"
    AND "placed fits"
    AND "rush fits"
)
SELECT
  "company",
  "nr",
  "follows_company",
  "follows_nr",
  "placed",
  "rush",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "company") <> '' OR "nr" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("company", '\') OR CONTAINS("company", '|') THEN REPLACE(REPLACE("company", '\', '\\'), '|', '\|') ELSE "company" END)), '\N'), COALESCE(CAST(CAST("nr" AS BIGINT) AS VARCHAR), '\N'))))::UUID END AS "hk_company_no_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "follows_company") <> '' OR "follows_nr" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("follows_company", '\') OR CONTAINS("follows_company", '|') THEN REPLACE(REPLACE("follows_company", '\', '\\'), '|', '\|') ELSE "follows_company" END)), '\N'), COALESCE(CAST(CAST("follows_nr" AS BIGINT) AS VARCHAR), '\N'))))::UUID END AS "hk_company_no_order_no_predecessor",
  CASE WHEN (TRIM(BOTH ' ' FROM "company") <> '' OR "nr" IS NOT NULL) AND (TRIM(BOTH ' ' FROM "follows_company") <> '' OR "follows_nr" IS NOT NULL) THEN UNHEX(MD5(CONCAT_WS('|', COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("company", '\') OR CONTAINS("company", '|') THEN REPLACE(REPLACE("company", '\', '\\'), '|', '\|') ELSE "company" END)), '\N'), COALESCE(CAST(CAST("nr" AS BIGINT) AS VARCHAR), '\N'), COALESCE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("follows_company", '\') OR CONTAINS("follows_company", '|') THEN REPLACE(REPLACE("follows_company", '\', '\\'), '|', '\|') ELSE "follows_company" END)), '\N'), COALESCE(CAST(CAST("follows_nr" AS BIGINT) AS VARCHAR), '\N'))))::UUID END AS "hk_l_follows"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_orders") + 1 AS "row_no",
    raw."company" AS "company",
    raw."nr" AS "nr text",
    TRY_CAST(raw."nr" AS INTEGER) AS "nr",
    raw."follows_company" AS "follows_company",
    raw."follows_nr" AS "follows_nr text",
    TRY_CAST(raw."follows_nr" AS INTEGER) AS "follows_nr",
    raw."placed" AS "placed text",
    TRY_CAST(raw."placed" AS DATE) AS "placed",
    raw."rush" AS "rush text",
    TRY_CAST(TRIM(BOTH ' ' FROM raw."rush") AS BOOLEAN) AS "rush"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NULL OR LENGTH("company") <= 4 AS "company fits",
    CASE WHEN CAST("nr" AS VARCHAR) = "nr text" THEN TRUE WHEN "nr" IS NOT NULL THEN REGEXP_FULL_MATCH("nr text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "nr text" IS NULL END AS "nr fits",
    "follows_company" IS NULL OR LENGTH("follows_company") <= 4 AS "follows_company fits",
    CASE WHEN CAST("follows_nr" AS VARCHAR) = "follows_nr text" THEN TRUE WHEN "follows_nr" IS NOT NULL THEN REGEXP_FULL_MATCH("follows_nr text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "follows_nr text" IS NULL END AS "follows_nr fits",
    CASE WHEN CAST("placed" AS VARCHAR) = "placed text" AND "placed" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "placed" IS NOT NULL AND "placed" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("placed text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "placed text" IS NULL END AS "placed fits",
    CASE WHEN CAST("rush" AS VARCHAR) = "rush text" THEN TRUE WHEN "rush" IS NOT NULL THEN REGEXP_FULL_MATCH("rush text", '[ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*') ELSE "rush text" IS NULL END AS "rush fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "company fits" THEN 'company'
    WHEN NOT "nr fits" THEN 'nr'
    WHEN NOT "follows_company fits" THEN 'follows_company'
    WHEN NOT "follows_nr fits" THEN 'follows_nr'
    WHEN NOT "placed fits" THEN 'placed'
    WHEN NOT "rush fits" THEN 'rush'
  END AS "column_name",
  CASE
    WHEN NOT "company fits" THEN 'longer than 4 characters'
    WHEN NOT "nr fits" THEN 'not an integer'
    WHEN NOT "follows_company fits" THEN 'longer than 4 characters'
    WHEN NOT "follows_nr fits" THEN 'not an integer'
    WHEN NOT "placed fits" THEN 'not a date'
    WHEN NOT "rush fits" THEN 'not a boolean'
  END AS "reason"
FROM "checked"
WHERE NOT ("company fits"
  AND "nr fits"
  AND "follows_company fits"
  AND "follows_nr fits"
  AND "placed fits"
  AND "rush fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_company_no_order_no" IN (
  SELECT "hk_company_no_order_no"
  FROM "stage"."orders"
  GROUP BY "hk_company_no_order_no"
  HAVING COUNT(*) > 1
);
