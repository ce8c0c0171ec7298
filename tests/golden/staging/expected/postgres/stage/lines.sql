-- stage lines: rendered by dv-gen from metadata/lines.yml:4.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, rows_before, period_start, period_end.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."lines";

CREATE TABLE "stage"."lines" (
  "order_id" INTEGER,
  "line_no" SMALLINT NOT NULL,
  "article" VARCHAR(20) COLLATE "C",
  "amount" INTEGER,
  "ordered_on" DATE NOT NULL,
  "shop" VARCHAR(20) COLLATE "C" NOT NULL,
  "code" VARCHAR(31) COLLATE "C" NOT NULL,
  "unit" VARCHAR(5) COLLATE "C" NOT NULL,
  "label" VARCHAR(30) COLLATE "C",
  "doubled" INTEGER,
  "order_no" VARCHAR(10) COLLATE "C",
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_lines";

CREATE TEMPORARY TABLE "raw_lines" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_id" TEXT COLLATE "C",
  "line_no" TEXT COLLATE "C",
  "article" TEXT COLLATE "C",
  "amount" TEXT COLLATE "C",
  "ordered_on" TEXT COLLATE "C",
  "shop" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_lines";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_lines" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_lines") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_id", 'integer') THEN CAST(raw."order_id" AS INTEGER) END AS "order_id",
    raw."line_no" AS "line_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."line_no", 'smallint') THEN CAST(raw."line_no" AS SMALLINT) END AS "line_no",
    CASE WHEN TRIM(BOTH ' ' FROM raw."article") NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM raw."article") END AS "article",
    CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END, 'integer') THEN CAST(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS INTEGER) END AS "amount",
    raw."ordered_on" AS "ordered_on text",
    CASE WHEN PG_INPUT_IS_VALID(raw."ordered_on", 'date') THEN CAST(raw."ordered_on" AS DATE) END AS "ordered_on",
    raw."shop" AS "shop"
  FROM "raw_lines" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NULL OR "order_id" IS NOT NULL AND (CAST("order_id" AS TEXT) = "order_id text" OR "order_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_id fits",
    "line_no text" IS NOT NULL AND "line_no" IS NOT NULL AND (CAST("line_no" AS TEXT) = "line_no text" OR "line_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "line_no fits",
    "article" IS NULL OR LENGTH("article") <= 20 AS "article fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "amount fits",
    "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS TEXT) = "ordered_on text" OR "ordered_on text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "ordered_on fits",
    "shop" IS NOT NULL AND LENGTH("shop") <= 20 AS "shop fits"
  FROM "typed" AS typed
  OFFSET 0
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
    COALESCE("article", '') || '/' || CAST("ordered_on" AS TEXT) AS "code",
    CAST("unit raw" AS TEXT) AS "unit",
    "unit raw" IS NOT NULL AND LENGTH(CAST("unit raw" AS TEXT)) <= 5 AS "unit fits",
    CASE WHEN PG_INPUT_IS_VALID(CAST("doubled raw" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) AS INTEGER) END END AS "doubled",
    "doubled raw" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST("doubled raw" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) AS INTEGER) END END IS NOT NULL AS "doubled fits"
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
    CAST("label raw" AS TEXT) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS TEXT)) <= 30 AS "label fits"
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
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM COALESCE("article", 'NONE')) <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE(COALESCE("article", 'NONE'), '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_article",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' AND TRIM(BOTH ' ' FROM COALESCE("article", 'NONE')) <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE(COALESCE("article", 'NONE'), '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || CAST("line_no" AS TEXT))::UUID END AS "hk_l_lines",
  MD5(CONCAT_WS(
    '|',
    'amount=' || CAST("amount" AS TEXT),
    'article=' || REPLACE(REPLACE("article", '\', '\\'), '|', '\|'),
    'code=' || REPLACE(REPLACE("code", '\', '\\'), '|', '\|'),
    'label=' || REPLACE(REPLACE("label", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_s_lines"
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_lines") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_id", 'integer') THEN CAST(raw."order_id" AS INTEGER) END AS "order_id",
    raw."line_no" AS "line_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."line_no", 'smallint') THEN CAST(raw."line_no" AS SMALLINT) END AS "line_no",
    CASE WHEN TRIM(BOTH ' ' FROM raw."article") NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM raw."article") END AS "article",
    CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END, 'integer') THEN CAST(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS INTEGER) END AS "amount",
    raw."ordered_on" AS "ordered_on text",
    CASE WHEN PG_INPUT_IS_VALID(raw."ordered_on", 'date') THEN CAST(raw."ordered_on" AS DATE) END AS "ordered_on",
    raw."shop" AS "shop"
  FROM "raw_lines" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NULL OR "order_id" IS NOT NULL AND (CAST("order_id" AS TEXT) = "order_id text" OR "order_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_id fits",
    "line_no text" IS NOT NULL AND "line_no" IS NOT NULL AND (CAST("line_no" AS TEXT) = "line_no text" OR "line_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "line_no fits",
    "article" IS NULL OR LENGTH("article") <= 20 AS "article fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "amount fits",
    "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS TEXT) = "ordered_on text" OR "ordered_on text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "ordered_on fits",
    "shop" IS NOT NULL AND LENGTH("shop") <= 20 AS "shop fits"
  FROM "typed" AS typed
  OFFSET 0
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
    COALESCE("article", '') || '/' || CAST("ordered_on" AS TEXT) AS "code",
    CAST("unit raw" AS TEXT) AS "unit",
    "unit raw" IS NOT NULL AND LENGTH(CAST("unit raw" AS TEXT)) <= 5 AS "unit fits",
    CASE WHEN PG_INPUT_IS_VALID(CAST("doubled raw" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) AS INTEGER) END END AS "doubled",
    "doubled raw" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST("doubled raw" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) AS INTEGER) END END IS NOT NULL AS "doubled fits"
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
    CAST("label raw" AS TEXT) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS TEXT)) <= 30 AS "label fits"
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_lines") + 1 AS "row_no",
    raw."order_id" AS "order_id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_id", 'integer') THEN CAST(raw."order_id" AS INTEGER) END AS "order_id",
    raw."line_no" AS "line_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."line_no", 'smallint') THEN CAST(raw."line_no" AS SMALLINT) END AS "line_no",
    CASE WHEN TRIM(BOTH ' ' FROM raw."article") NOT IN ('n/a', '-') THEN TRIM(BOTH ' ' FROM raw."article") END AS "article",
    CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS "amount text",
    CASE WHEN PG_INPUT_IS_VALID(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END, 'integer') THEN CAST(CASE WHEN TRIM(BOTH ' ' FROM raw."amount") NOT IN ('-') THEN raw."amount" END AS INTEGER) END AS "amount",
    raw."ordered_on" AS "ordered_on text",
    CASE WHEN PG_INPUT_IS_VALID(raw."ordered_on", 'date') THEN CAST(raw."ordered_on" AS DATE) END AS "ordered_on",
    raw."shop" AS "shop"
  FROM "raw_lines" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_id text" IS NULL OR "order_id" IS NOT NULL AND (CAST("order_id" AS TEXT) = "order_id text" OR "order_id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_id fits",
    "line_no text" IS NOT NULL AND "line_no" IS NOT NULL AND (CAST("line_no" AS TEXT) = "line_no text" OR "line_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "line_no fits",
    "article" IS NULL OR LENGTH("article") <= 20 AS "article fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS TEXT) = "amount text" OR "amount text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "amount fits",
    "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS TEXT) = "ordered_on text" OR "ordered_on text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "ordered_on fits",
    "shop" IS NOT NULL AND LENGTH("shop") <= 20 AS "shop fits"
  FROM "typed" AS typed
  OFFSET 0
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
    COALESCE("article", '') || '/' || CAST("ordered_on" AS TEXT) AS "code",
    CAST("unit raw" AS TEXT) AS "unit",
    "unit raw" IS NOT NULL AND LENGTH(CAST("unit raw" AS TEXT)) <= 5 AS "unit fits",
    CASE WHEN PG_INPUT_IS_VALID(CAST("doubled raw" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) AS INTEGER) END END AS "doubled",
    "doubled raw" IS NULL OR CASE WHEN PG_INPUT_IS_VALID(CAST("doubled raw" AS TEXT), 'numeric') THEN CASE WHEN ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) BETWEEN -2147483648 AND 2147483647 THEN CAST(ROUND(CAST(CAST("doubled raw" AS TEXT) AS NUMERIC)) AS INTEGER) END END IS NOT NULL AS "doubled fits"
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
    CAST("label raw" AS TEXT) AS "label",
    "label raw" IS NULL OR LENGTH(CAST("label raw" AS TEXT)) <= 30 AS "label fits"
  FROM "given_2" AS given_2
)
SELECT COUNT(*)
FROM "derived_2"
WHERE CASE WHEN amount IS NULL OR doubled > 0 THEN 1 ELSE 0 END = 0;

-- Once for every file: its first and last load date, as the source itself has them.
SELECT MIN("load_dt"), MAX("load_dt")
FROM "stage"."lines"
WHERE "row_no" > CAST(:rows_before AS BIGINT);

ANALYZE "stage"."lines" ("load_dt", "hk_order_no", "hk_article", "hk_l_lines");

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
  "article" VARCHAR(20) COLLATE "C",
  "amount" INTEGER,
  "ordered_on" DATE NOT NULL,
  "shop" VARCHAR(20) COLLATE "C" NOT NULL,
  "code" VARCHAR(31) COLLATE "C" NOT NULL,
  "unit" VARCHAR(5) COLLATE "C" NOT NULL,
  "label" VARCHAR(30) COLLATE "C",
  "doubled" INTEGER,
  "order_no" VARCHAR(10) COLLATE "C",
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
WHERE "load_dt" BETWEEN CAST(:period_start AS TIMESTAMP) AND CAST(:period_end AS TIMESTAMP);
