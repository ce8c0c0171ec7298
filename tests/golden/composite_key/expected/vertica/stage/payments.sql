-- stage payments: rendered by dv-gen from metadata/orders.yml:9.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."payments" CASCADE;

CREATE TABLE "stage"."payments" (
  "company" VARCHAR(16) NOT NULL,
  "order_nr" INTEGER NOT NULL,
  "paid" TIMESTAMP,
  "order_date" DATE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_company_no_order_no" VARBINARY(16) NOT NULL
)
ORDER BY "hk_company_no_order_no"
SEGMENTED BY HASH("hk_company_no_order_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."payments_repeats" CASCADE;

CREATE TABLE "stage"."payments_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_payments";

CREATE LOCAL TEMPORARY TABLE "raw_payments" (
  "row_no" INTEGER NOT NULL,
  "company" VARCHAR(20),
  "order_nr" VARCHAR(404),
  "paid" VARCHAR(404),
  "order_date" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:payments')*/ "raw_payments" (
  "row_no",
  "company",
  "order_nr",
  "paid",
  "order_date"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_payments_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:payments')*/ INTO "stage"."payments" (
  "company",
  "order_nr",
  "paid",
  "order_date",
  "load_dt",
  "load_src",
  "row_no",
  "hk_company_no_order_no"
)
SELECT
  "company",
  "order_nr",
  "paid",
  "order_date",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("company", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || CAST("order_nr" AS VARCHAR(20)))) AS "hk_company_no_order_no"
FROM (
  SELECT
    "company",
    "order_nr",
    "paid",
    "order_date",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "company" IS NOT NULL AND CHARACTER_LENGTH("company") <= 4 AS "company fits",
      "order_nr text" IS NOT NULL AND "order_nr" IS NOT NULL AND (CAST("order_nr" AS VARCHAR(20)) = "order_nr text" OR REGEXP_LIKE("order_nr text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_nr fits",
      "paid text" IS NULL OR "paid" IS NOT NULL AND "paid" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("paid" AS VARCHAR(26)) = "paid text" OR REGEXP_LIKE("paid text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "paid fits",
      "order_date text" IS NULL OR "order_date" IS NOT NULL AND "order_date" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("order_date" AS VARCHAR(10)) = "order_date text" OR REGEXP_LIKE("order_date text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "order_date fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."company", 2) AS "company",
        SUBSTR(raw."order_nr", 2) AS "order_nr text",
        SUBSTR(raw."order_nr", 2)::!INTEGER AS "order_nr",
        SUBSTR(raw."paid", 2) AS "paid text",
        SUBSTR(raw."paid", 2)::!TIMESTAMP AS "paid",
        SUBSTR(raw."order_date", 2) AS "order_date text",
        SUBSTR(raw."order_date", 2)::!DATE AS "order_date"
      FROM "raw_payments" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "company fits"
    AND "order_nr fits"
    AND "paid fits"
    AND "order_date fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."company", 2) AS "company",
    SUBSTR(raw."order_nr", 2) AS "order_nr text",
    SUBSTR(raw."order_nr", 2)::!INTEGER AS "order_nr",
    SUBSTR(raw."paid", 2) AS "paid text",
    SUBSTR(raw."paid", 2)::!TIMESTAMP AS "paid",
    SUBSTR(raw."order_date", 2) AS "order_date text",
    SUBSTR(raw."order_date", 2)::!DATE AS "order_date"
  FROM "raw_payments" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NOT NULL AND CHARACTER_LENGTH("company") <= 4 AS "company fits",
    "order_nr text" IS NOT NULL AND "order_nr" IS NOT NULL AND (CAST("order_nr" AS VARCHAR(20)) = "order_nr text" OR REGEXP_LIKE("order_nr text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_nr fits",
    "paid text" IS NULL OR "paid" IS NOT NULL AND "paid" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("paid" AS VARCHAR(26)) = "paid text" OR REGEXP_LIKE("paid text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "paid fits",
    "order_date text" IS NULL OR "order_date" IS NOT NULL AND "order_date" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("order_date" AS VARCHAR(10)) = "order_date text" OR REGEXP_LIKE("order_date text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "order_date fits"
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
INSERT /*+LABEL('dv_gen:payments')*/ INTO "stage"."payments_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."payments"
WHERE "hk_company_no_order_no" IN (
  SELECT "hk_company_no_order_no"
  FROM "stage"."payments"
  GROUP BY "hk_company_no_order_no"
  HAVING COUNT(*) > 1
);
