-- stage lines: rendered by dv-gen from metadata/lines.yml:4.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, rows_before, period_start, period_end.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."lines";

CREATE TABLE "stage"."lines" (
  "order_id" INTEGER,
  "line_no" SMALLINT NOT NULL,
  "article" VARCHAR(20),
  "amount" INTEGER,
  "ordered_on" DATE NOT NULL,
  "shop" VARCHAR(20) NOT NULL,
  "code" VARCHAR(31) NOT NULL,
  "unit" VARCHAR(5) NOT NULL,
  "label" VARCHAR(30),
  "doubled" INTEGER,
  "order_no" VARCHAR(10),
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID,
  "hk_article" UUID,
  "hk_l_lines" UUID,
  "hashdiff_s_lines" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."lines_repeats";

CREATE TABLE "stage"."lines_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_lines";

CREATE TEMPORARY TABLE "raw_lines" (
  "order_id" VARCHAR,
  "line_no" VARCHAR,
  "article" VARCHAR,
  "amount" VARCHAR,
  "ordered_on" VARCHAR,
  "shop" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_lines" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'order_id',
  'line_no',
  'article',
  'amount',
  'ordered_on',
  'shop'
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
INSERT INTO "stage"."lines" (
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_lines") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    TRY_CAST(raw."order_id" AS INTEGER) AS "order_id",
    raw."line_no" AS "line_no text",
    TRY_CAST(raw."line_no" AS SMALLINT) AS "line_no",
    CASE WHEN TRIM(BOTH ' ' FROM raw."article") NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM raw."article") END AS "article",
    CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS "amount text",
    TRY_CAST(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS INTEGER) AS "amount",
    raw."ordered_on" AS "ordered_on text",
    TRY_CAST(raw."ordered_on" AS DATE) AS "ordered_on",
    raw."shop" AS "shop"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_id" AS VARCHAR) = "order_id text" THEN TRUE WHEN "order_id" IS NOT NULL THEN REGEXP_FULL_MATCH("order_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "order_id text" IS NULL END AS "order_id fits",
    CASE WHEN CAST("line_no" AS VARCHAR) = "line_no text" THEN TRUE WHEN "line_no" IS NOT NULL THEN REGEXP_FULL_MATCH("line_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "line_no fits",
    "article" IS NULL OR LENGTH("article") <= 20 AS "article fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "amount text" IS NULL END AS "amount fits",
    CASE WHEN CAST("ordered_on" AS VARCHAR) = "ordered_on text" AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("ordered_on text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "ordered_on fits",
    "shop" IS NOT NULL AND LENGTH("shop") <= 20 AS "shop fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_id",
    "line_no",
    "article",
    "amount",
    "ordered_on",
    "shop",
    "row_no"
  FROM "checked"
  WHERE "order_id fits"
    AND "line_no fits"
    AND "article fits"
    AND "amount fits"
    AND "ordered_on fits"
    AND "shop fits"
),
"given" AS (
  SELECT
    fitting.*,
    "article" AS "unit raw",
    amount * 2 AS "doubled raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    COALESCE("article", '') || '/' || CAST("ordered_on" AS VARCHAR) AS "code",
    CAST("unit raw" AS VARCHAR) AS "unit",
    "unit raw" IS NOT NULL AND LENGTH(CAST("unit raw" AS VARCHAR)) <= 5 AS "unit fits",
    TRY_CAST("doubled raw" AS INTEGER) AS "doubled",
    "doubled raw" IS NULL OR TRY_CAST("doubled raw" AS INTEGER) IS NOT NULL AS "doubled fits"
  FROM "given" AS given
),
"given_2" AS (
  SELECT
    derived.*,
    code || ' (' || unit || ')' AS "label raw"
  FROM "derived" AS derived
),
"derived_2" AS (
  SELECT
    given_2.*,
    CAST("label raw" AS VARCHAR) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS VARCHAR)) <= 30 AS "label fits"
  FROM "given_2" AS given_2
),
"wanted" AS (
  SELECT derived_2.*
  FROM "derived_2" AS derived_2
  WHERE amount IS NULL OR doubled > 0
),
"found_1" AS (
  SELECT
    "id" AS "on_1",
    MIN("order_no") AS "value",
    COUNT(DISTINCT "order_no") + MAX(CASE WHEN "order_no" IS NULL THEN 1 ELSE 0 END) AS "different"
  FROM "stage"."orders"
  WHERE "id" IS NOT NULL
  GROUP BY "id"
),
"found_2" AS (
  SELECT
    "id" AS "on_1",
    BOOL_AND("paid") AS "value",
    COUNT(DISTINCT "paid") + MAX(CASE WHEN "paid" IS NULL THEN 1 ELSE 0 END) AS "different"
  FROM "stage"."orders"
  WHERE "id" IS NOT NULL
  GROUP BY "id"
),
"joined" AS (
  SELECT
    wanted.*,
    "found_1"."value" AS "order_no",
    "found_1"."different" AS "order_no many",
    wanted."order_id" IS NULL OR COALESCE("found_1"."different", 0) = 1 AS "order_no fits",
    "found_2"."value" AS "paid",
    "found_2"."different" AS "paid many",
    wanted."order_id" IS NULL OR COALESCE("found_2"."different", 0) = 1 AS "paid fits"
  FROM "wanted" AS wanted
  LEFT JOIN "found_1"
    ON "found_1"."on_1" = wanted."order_id"
  LEFT JOIN "found_2"
    ON "found_2"."on_1" = wanted."order_id"
)
SELECT
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  CAST("ordered_on" AS TIMESTAMP) AS "load_dt",
  CAST("shop" AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("order_no", '\') OR CONTAINS("order_no", '|') THEN REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|') ELSE "order_no" END))))::UUID END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM COALESCE("article", 'NONE')) <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS(COALESCE("article", 'NONE'), '\') OR CONTAINS(COALESCE("article", 'NONE'), '|') THEN REPLACE(REPLACE(COALESCE("article", 'NONE'), '\', '\\'), '|', '\|') ELSE COALESCE("article", 'NONE') END))))::UUID END AS "hk_article",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' AND TRIM(BOTH ' ' FROM COALESCE("article", 'NONE')) <> '' THEN UNHEX(MD5(CONCAT_WS('|', UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("order_no", '\') OR CONTAINS("order_no", '|') THEN REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|') ELSE "order_no" END)), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS(COALESCE("article", 'NONE'), '\') OR CONTAINS(COALESCE("article", 'NONE'), '|') THEN REPLACE(REPLACE(COALESCE("article", 'NONE'), '\', '\\'), '|', '\|') ELSE COALESCE("article", 'NONE') END)), CAST("line_no" AS VARCHAR))))::UUID END AS "hk_l_lines",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'amount=' || CAST("amount" AS VARCHAR),
    'article=' || CASE WHEN CONTAINS("article", '\') OR CONTAINS("article", '|') THEN REPLACE(REPLACE("article", '\', '\\'), '|', '\|') ELSE "article" END,
    'code=' || CASE WHEN CONTAINS("code", '\') OR CONTAINS("code", '|') THEN REPLACE(REPLACE("code", '\', '\\'), '|', '\|') ELSE "code" END,
    'label=' || CASE WHEN CONTAINS("label", '\') OR CONTAINS("label", '|') THEN REPLACE(REPLACE("label", '\', '\\'), '|', '\|') ELSE "label" END
  )))::UUID AS "hashdiff_s_lines"
FROM "joined"
WHERE "unit fits"
  AND "label fits"
  AND "doubled fits"
  AND "order_no fits"
  AND "paid fits";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_lines") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    TRY_CAST(raw."order_id" AS INTEGER) AS "order_id",
    raw."line_no" AS "line_no text",
    TRY_CAST(raw."line_no" AS SMALLINT) AS "line_no",
    CASE WHEN TRIM(BOTH ' ' FROM raw."article") NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM raw."article") END AS "article",
    CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS "amount text",
    TRY_CAST(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS INTEGER) AS "amount",
    raw."ordered_on" AS "ordered_on text",
    TRY_CAST(raw."ordered_on" AS DATE) AS "ordered_on",
    raw."shop" AS "shop"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_id" AS VARCHAR) = "order_id text" THEN TRUE WHEN "order_id" IS NOT NULL THEN REGEXP_FULL_MATCH("order_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "order_id text" IS NULL END AS "order_id fits",
    CASE WHEN CAST("line_no" AS VARCHAR) = "line_no text" THEN TRUE WHEN "line_no" IS NOT NULL THEN REGEXP_FULL_MATCH("line_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "line_no fits",
    "article" IS NULL OR LENGTH("article") <= 20 AS "article fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "amount text" IS NULL END AS "amount fits",
    CASE WHEN CAST("ordered_on" AS VARCHAR) = "ordered_on text" AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("ordered_on text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "ordered_on fits",
    "shop" IS NOT NULL AND LENGTH("shop") <= 20 AS "shop fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_id",
    "line_no",
    "article",
    "amount",
    "ordered_on",
    "shop",
    "row_no"
  FROM "checked"
  WHERE "order_id fits"
    AND "line_no fits"
    AND "article fits"
    AND "amount fits"
    AND "ordered_on fits"
    AND "shop fits"
),
"given" AS (
  SELECT
    fitting.*,
    "article" AS "unit raw",
    amount * 2 AS "doubled raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    COALESCE("article", '') || '/' || CAST("ordered_on" AS VARCHAR) AS "code",
    CAST("unit raw" AS VARCHAR) AS "unit",
    "unit raw" IS NOT NULL AND LENGTH(CAST("unit raw" AS VARCHAR)) <= 5 AS "unit fits",
    TRY_CAST("doubled raw" AS INTEGER) AS "doubled",
    "doubled raw" IS NULL OR TRY_CAST("doubled raw" AS INTEGER) IS NOT NULL AS "doubled fits"
  FROM "given" AS given
),
"given_2" AS (
  SELECT
    derived.*,
    code || ' (' || unit || ')' AS "label raw"
  FROM "derived" AS derived
),
"derived_2" AS (
  SELECT
    given_2.*,
    CAST("label raw" AS VARCHAR) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS VARCHAR)) <= 30 AS "label fits"
  FROM "given_2" AS given_2
),
"wanted" AS (
  SELECT derived_2.*
  FROM "derived_2" AS derived_2
  WHERE amount IS NULL OR doubled > 0
),
"found_1" AS (
  SELECT
    "id" AS "on_1",
    MIN("order_no") AS "value",
    COUNT(DISTINCT "order_no") + MAX(CASE WHEN "order_no" IS NULL THEN 1 ELSE 0 END) AS "different"
  FROM "stage"."orders"
  WHERE "id" IS NOT NULL
  GROUP BY "id"
),
"found_2" AS (
  SELECT
    "id" AS "on_1",
    BOOL_AND("paid") AS "value",
    COUNT(DISTINCT "paid") + MAX(CASE WHEN "paid" IS NULL THEN 1 ELSE 0 END) AS "different"
  FROM "stage"."orders"
  WHERE "id" IS NOT NULL
  GROUP BY "id"
),
"joined" AS (
  SELECT
    wanted.*,
    "found_1"."value" AS "order_no",
    "found_1"."different" AS "order_no many",
    wanted."order_id" IS NULL OR COALESCE("found_1"."different", 0) = 1 AS "order_no fits",
    "found_2"."value" AS "paid",
    "found_2"."different" AS "paid many",
    wanted."order_id" IS NULL OR COALESCE("found_2"."different", 0) = 1 AS "paid fits"
  FROM "wanted" AS wanted
  LEFT JOIN "found_1"
    ON "found_1"."on_1" = wanted."order_id"
  LEFT JOIN "found_2"
    ON "found_2"."on_1" = wanted."order_id"
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_id fits" THEN 'order_id'
    WHEN NOT "line_no fits" THEN 'line_no'
    WHEN NOT "article fits" THEN 'article'
    WHEN NOT "amount fits" THEN 'amount'
    WHEN NOT "ordered_on fits" THEN 'ordered_on'
    WHEN NOT "shop fits" THEN 'shop'
  END AS "column_name",
  CASE
    WHEN NOT "order_id fits" THEN 'not an integer'
    WHEN "line_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "line_no fits" THEN 'not a smallint'
    WHEN NOT "article fits" THEN 'longer than 20 characters'
    WHEN NOT "amount fits" THEN 'not an integer'
    WHEN "ordered_on text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "ordered_on fits" THEN 'not a date'
    WHEN "shop" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "shop fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_id fits"
  AND "line_no fits"
  AND "article fits"
  AND "amount fits"
  AND "ordered_on fits"
  AND "shop fits")
UNION ALL
SELECT
  "row_no",
  CASE
    WHEN NOT "unit fits" THEN 'unit'
    WHEN NOT "label fits" THEN 'label'
    WHEN NOT "doubled fits" THEN 'doubled'
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "paid fits" THEN 'paid'
  END AS "column_name",
  CASE
    WHEN "unit raw" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "unit fits" THEN 'longer than 5 characters'
    WHEN NOT "label fits" THEN 'longer than 30 characters'
    WHEN NOT "doubled fits" THEN 'not an integer'
    WHEN NOT "order_no fits" AND "order_no many" > 1 THEN 'orders has several order_no for this order_id'
    WHEN NOT "order_no fits" THEN 'orders has no row with this order_id'
    WHEN NOT "paid fits" AND "paid many" > 1 THEN 'orders has several paid for this order_id'
    WHEN NOT "paid fits" THEN 'orders has no row with this order_id'
  END AS "reason"
FROM "joined"
WHERE NOT ("unit fits"
  AND "label fits"
  AND "doubled fits"
  AND "order_no fits"
  AND "paid fits")
ORDER BY "row_no";

-- How many rows the source's filter leaves out. Run only when rows are missing.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_lines") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    TRY_CAST(raw."order_id" AS INTEGER) AS "order_id",
    raw."line_no" AS "line_no text",
    TRY_CAST(raw."line_no" AS SMALLINT) AS "line_no",
    CASE WHEN TRIM(BOTH ' ' FROM raw."article") NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM raw."article") END AS "article",
    CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS "amount text",
    TRY_CAST(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS INTEGER) AS "amount",
    raw."ordered_on" AS "ordered_on text",
    TRY_CAST(raw."ordered_on" AS DATE) AS "ordered_on",
    raw."shop" AS "shop"
  FROM "raw_lines" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("order_id" AS VARCHAR) = "order_id text" THEN TRUE WHEN "order_id" IS NOT NULL THEN REGEXP_FULL_MATCH("order_id text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "order_id text" IS NULL END AS "order_id fits",
    CASE WHEN CAST("line_no" AS VARCHAR) = "line_no text" THEN TRUE WHEN "line_no" IS NOT NULL THEN REGEXP_FULL_MATCH("line_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "line_no fits",
    "article" IS NULL OR LENGTH("article") <= 20 AS "article fits",
    CASE WHEN CAST("amount" AS VARCHAR) = "amount text" THEN TRUE WHEN "amount" IS NOT NULL THEN REGEXP_FULL_MATCH("amount text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "amount text" IS NULL END AS "amount fits",
    CASE WHEN CAST("ordered_on" AS VARCHAR) = "ordered_on text" AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("ordered_on text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "ordered_on fits",
    "shop" IS NOT NULL AND LENGTH("shop") <= 20 AS "shop fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "order_id",
    "line_no",
    "article",
    "amount",
    "ordered_on",
    "shop",
    "row_no"
  FROM "checked"
  WHERE "order_id fits"
    AND "line_no fits"
    AND "article fits"
    AND "amount fits"
    AND "ordered_on fits"
    AND "shop fits"
),
"given" AS (
  SELECT
    fitting.*,
    "article" AS "unit raw",
    amount * 2 AS "doubled raw"
  FROM "fitting" AS fitting
),
"derived" AS (
  SELECT
    given.*,
    COALESCE("article", '') || '/' || CAST("ordered_on" AS VARCHAR) AS "code",
    CAST("unit raw" AS VARCHAR) AS "unit",
    "unit raw" IS NOT NULL AND LENGTH(CAST("unit raw" AS VARCHAR)) <= 5 AS "unit fits",
    TRY_CAST("doubled raw" AS INTEGER) AS "doubled",
    "doubled raw" IS NULL OR TRY_CAST("doubled raw" AS INTEGER) IS NOT NULL AS "doubled fits"
  FROM "given" AS given
),
"given_2" AS (
  SELECT
    derived.*,
    code || ' (' || unit || ')' AS "label raw"
  FROM "derived" AS derived
),
"derived_2" AS (
  SELECT
    given_2.*,
    CAST("label raw" AS VARCHAR) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS VARCHAR)) <= 30 AS "label fits"
  FROM "given_2" AS given_2
)
SELECT COUNT(*)
FROM "derived_2"
WHERE CASE WHEN amount IS NULL OR doubled > 0 THEN 1 ELSE 0 END = 0;

-- Once for every file: its first and last load date, as the source itself has them.
SELECT MIN("load_dt"), MAX("load_dt")
FROM "stage"."lines"
WHERE "row_no" > CAST($rows_before AS BIGINT);

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."lines_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."lines"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."lines"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);

-- The whole delivery, kept aside while its periods are loaded one after the other (run --by).
DROP TABLE IF EXISTS "stage"."lines_whole";

CREATE TABLE "stage"."lines_whole" (
  "order_id" INTEGER,
  "line_no" SMALLINT NOT NULL,
  "article" VARCHAR(20),
  "amount" INTEGER,
  "ordered_on" DATE NOT NULL,
  "shop" VARCHAR(20) NOT NULL,
  "code" VARCHAR(31) NOT NULL,
  "unit" VARCHAR(5) NOT NULL,
  "label" VARCHAR(30),
  "doubled" INTEGER,
  "order_no" VARCHAR(10),
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID,
  "hk_article" UUID,
  "hk_l_lines" UUID,
  "hashdiff_s_lines" UUID NOT NULL
);

INSERT INTO "stage"."lines_whole" (
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
)
SELECT
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
FROM "stage"."lines";

SELECT DISTINCT CAST("load_dt" AS DATE) AS "day"
FROM "stage"."lines_whole";

SELECT DISTINCT "load_dt"
FROM "stage"."lines_whole";

-- The rows of one period; its last moment is part of it.
INSERT INTO "stage"."lines" (
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
)
SELECT
  "order_id",
  "line_no",
  "article",
  "amount",
  "ordered_on",
  "shop",
  "code",
  "unit",
  "label",
  "doubled",
  "order_no",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_article",
  "hk_l_lines",
  "hashdiff_s_lines"
FROM "stage"."lines_whole"
WHERE "load_dt" BETWEEN CAST($period_start AS TIMESTAMP) AND CAST($period_end AS TIMESTAMP);
