-- stage payments: rendered by dv-gen from metadata/orders.yml:9.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."payments";

CREATE TABLE "stage"."payments" (
  "company" VARCHAR(4) COLLATE "C" NOT NULL,
  "order_nr" BIGINT NOT NULL,
  "paid" TIMESTAMP,
  "order_date" DATE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_company_no_order_no" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."payments_repeats";

CREATE TABLE "stage"."payments_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_payments";

CREATE TEMPORARY TABLE "raw_payments" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "company" TEXT COLLATE "C",
  "order_nr" TEXT COLLATE "C",
  "paid" TEXT COLLATE "C",
  "order_date" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_payments";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_payments" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_payments") + 1 AS "row_no",
    raw."company" AS "company",
    raw."order_nr" AS "order_nr text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_nr", 'bigint') THEN CAST(raw."order_nr" AS BIGINT) END AS "order_nr",
    raw."paid" AS "paid text",
    CASE WHEN PG_INPUT_IS_VALID(raw."paid", 'timestamp') THEN CAST(raw."paid" AS TIMESTAMP) END AS "paid",
    raw."order_date" AS "order_date text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_date", 'date') THEN CAST(raw."order_date" AS DATE) END AS "order_date"
  FROM "raw_payments" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NOT NULL AND LENGTH("company") <= 4 AS "company fits",
    "order_nr text" IS NOT NULL AND "order_nr" IS NOT NULL AND (CAST("order_nr" AS TEXT) = "order_nr text" OR "order_nr text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_nr fits",
    "paid text" IS NULL OR "paid" IS NOT NULL AND "paid" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("paid" AS TEXT) = "paid text" OR "paid text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "paid fits",
    "order_date text" IS NULL OR "order_date" IS NOT NULL AND "order_date" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("order_date" AS TEXT) = "order_date text" OR "order_date text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "order_date fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("company", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || CAST("order_nr" AS TEXT))::UUID AS "hk_company_no_order_no"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_payments") + 1 AS "row_no",
    raw."company" AS "company",
    raw."order_nr" AS "order_nr text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_nr", 'bigint') THEN CAST(raw."order_nr" AS BIGINT) END AS "order_nr",
    raw."paid" AS "paid text",
    CASE WHEN PG_INPUT_IS_VALID(raw."paid", 'timestamp') THEN CAST(raw."paid" AS TIMESTAMP) END AS "paid",
    raw."order_date" AS "order_date text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_date", 'date') THEN CAST(raw."order_date" AS DATE) END AS "order_date"
  FROM "raw_payments" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NOT NULL AND LENGTH("company") <= 4 AS "company fits",
    "order_nr text" IS NOT NULL AND "order_nr" IS NOT NULL AND (CAST("order_nr" AS TEXT) = "order_nr text" OR "order_nr text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_nr fits",
    "paid text" IS NULL OR "paid" IS NOT NULL AND "paid" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("paid" AS TEXT) = "paid text" OR "paid text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "paid fits",
    "order_date text" IS NULL OR "order_date" IS NOT NULL AND "order_date" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("order_date" AS TEXT) = "order_date text" OR "order_date text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "order_date fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."payments" ("load_dt", "hk_company_no_order_no");

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
