-- stage shop: rendered by dv-gen from metadata/customers.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."shop";

CREATE TABLE "stage"."shop" (
  "customer" VARCHAR(20) COLLATE "C" NOT NULL,
  "name" VARCHAR(100) COLLATE "C" NOT NULL,
  "age" INTEGER,
  "seen_at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_shop";

CREATE TEMPORARY TABLE "raw_shop" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "customer" TEXT COLLATE "C",
  "name" TEXT COLLATE "C",
  "age" TEXT COLLATE "C",
  "seen_at" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_shop";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_shop" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_shop") + 1 AS "row_no",
    raw."customer" AS "customer",
    raw."name" AS "name",
    raw."age" AS "age text",
    CASE WHEN PG_INPUT_IS_VALID(raw."age", 'integer') THEN CAST(raw."age" AS INTEGER) END AS "age",
    raw."seen_at" AS "seen_at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."seen_at", 'timestamp') THEN CAST(raw."seen_at" AS TIMESTAMP) END AS "seen_at"
  FROM "raw_shop" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND LENGTH("customer") <= 20 AS "customer fits",
    "name" IS NOT NULL AND LENGTH("name") <= 100 AS "name fits",
    "age text" IS NULL OR "age" IS NOT NULL AND (CAST("age" AS TEXT) = "age text" OR "age text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "age fits",
    "seen_at text" IS NULL OR "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen_at" AS TEXT) = "seen_at text" OR "seen_at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "seen_at fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_customer_no",
  MD5(CONCAT_WS(
    '|',
    'age=' || CAST("age" AS TEXT),
    'full_name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_s_last",
  MD5('name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'))::UUID AS "hashdiff_s_first",
  MD5(COALESCE('age=' || CAST("age" AS TEXT), ''))::UUID AS "hashdiff_s_all"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_shop") + 1 AS "row_no",
    raw."customer" AS "customer",
    raw."name" AS "name",
    raw."age" AS "age text",
    CASE WHEN PG_INPUT_IS_VALID(raw."age", 'integer') THEN CAST(raw."age" AS INTEGER) END AS "age",
    raw."seen_at" AS "seen_at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."seen_at", 'timestamp') THEN CAST(raw."seen_at" AS TIMESTAMP) END AS "seen_at"
  FROM "raw_shop" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND LENGTH("customer") <= 20 AS "customer fits",
    "name" IS NOT NULL AND LENGTH("name") <= 100 AS "name fits",
    "age text" IS NULL OR "age" IS NOT NULL AND (CAST("age" AS TEXT) = "age text" OR "age text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "age fits",
    "seen_at text" IS NULL OR "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen_at" AS TEXT) = "seen_at text" OR "seen_at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "seen_at fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."shop" ("load_dt", "hk_customer_no");

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
