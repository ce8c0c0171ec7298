-- stage old_calls: rendered by dv-gen from metadata/model.yml:17.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."old_calls" CASCADE;

CREATE TABLE "stage"."old_calls" (
  "customer" INTEGER,
  "shop" INTEGER,
  "at" TIMESTAMP,
  "minutes" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_shop_no" VARBINARY(16),
  "hk_customer_no" VARBINARY(16),
  "hk_l_calls" VARBINARY(16)
)
ORDER BY "hk_shop_no"
SEGMENTED BY HASH("hk_shop_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."old_calls_repeats" CASCADE;

CREATE TABLE "stage"."old_calls_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_old_calls";

CREATE LOCAL TEMPORARY TABLE "raw_old_calls" (
  "row_no" INTEGER NOT NULL,
  "customer" VARCHAR(404),
  "shop" VARCHAR(404),
  "at" VARCHAR(404),
  "minutes" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:old_calls')*/ "raw_old_calls" (
  "row_no",
  "customer",
  "shop",
  "at",
  "minutes"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_old_calls_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:old_calls')*/ INTO "stage"."old_calls" (
  "customer",
  "shop",
  "at",
  "minutes",
  "load_dt",
  "load_src",
  "row_no",
  "hk_shop_no",
  "hk_customer_no",
  "hk_l_calls"
)
SELECT
  "customer",
  "shop",
  "at",
  "minutes",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "shop" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("shop" AS VARCHAR(11)))) END AS "hk_shop_no",
  CASE WHEN "customer" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("customer" AS VARCHAR(11)))) END AS "hk_customer_no",
  CASE WHEN "customer" IS NOT NULL AND "shop" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("customer" AS VARCHAR(11)) || '|' || CAST("shop" AS VARCHAR(11)))) END AS "hk_l_calls"
FROM (
  SELECT
    "customer",
    "shop",
    "at",
    "minutes",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "customer text" IS NULL OR "customer" IS NOT NULL AND "customer" BETWEEN -2147483648 AND 2147483647 AND (CAST("customer" AS VARCHAR(11)) = "customer text" OR REGEXP_LIKE("customer text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "customer fits",
      "shop text" IS NULL OR "shop" IS NOT NULL AND "shop" BETWEEN -2147483648 AND 2147483647 AND (CAST("shop" AS VARCHAR(11)) = "shop text" OR REGEXP_LIKE("shop text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "shop fits",
      "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS VARCHAR(26)) = "at text" OR REGEXP_LIKE("at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "at fits",
      "minutes text" IS NULL OR "minutes" IS NOT NULL AND "minutes" BETWEEN -2147483648 AND 2147483647 AND (CAST("minutes" AS VARCHAR(11)) = "minutes text" OR REGEXP_LIKE("minutes text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "minutes fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."customer", 2) AS "customer text",
        SUBSTR(raw."customer", 2)::!INTEGER AS "customer",
        SUBSTR(raw."shop", 2) AS "shop text",
        SUBSTR(raw."shop", 2)::!INTEGER AS "shop",
        SUBSTR(raw."at", 2) AS "at text",
        SUBSTR(raw."at", 2)::!TIMESTAMP AS "at",
        SUBSTR(raw."minutes", 2) AS "minutes text",
        SUBSTR(raw."minutes", 2)::!INTEGER AS "minutes"
      FROM "raw_old_calls" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "customer fits"
    AND "shop fits"
    AND "at fits"
    AND "minutes fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."customer", 2) AS "customer text",
    SUBSTR(raw."customer", 2)::!INTEGER AS "customer",
    SUBSTR(raw."shop", 2) AS "shop text",
    SUBSTR(raw."shop", 2)::!INTEGER AS "shop",
    SUBSTR(raw."at", 2) AS "at text",
    SUBSTR(raw."at", 2)::!TIMESTAMP AS "at",
    SUBSTR(raw."minutes", 2) AS "minutes text",
    SUBSTR(raw."minutes", 2)::!INTEGER AS "minutes"
  FROM "raw_old_calls" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer text" IS NULL OR "customer" IS NOT NULL AND "customer" BETWEEN -2147483648 AND 2147483647 AND (CAST("customer" AS VARCHAR(11)) = "customer text" OR REGEXP_LIKE("customer text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "customer fits",
    "shop text" IS NULL OR "shop" IS NOT NULL AND "shop" BETWEEN -2147483648 AND 2147483647 AND (CAST("shop" AS VARCHAR(11)) = "shop text" OR REGEXP_LIKE("shop text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "shop fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS VARCHAR(26)) = "at text" OR REGEXP_LIKE("at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "at fits",
    "minutes text" IS NULL OR "minutes" IS NOT NULL AND "minutes" BETWEEN -2147483648 AND 2147483647 AND (CAST("minutes" AS VARCHAR(11)) = "minutes text" OR REGEXP_LIKE("minutes text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "minutes fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "shop fits" THEN 'shop'
    WHEN NOT "at fits" THEN 'at'
    WHEN NOT "minutes fits" THEN 'minutes'
  END AS "column_name",
  CASE
    WHEN NOT "customer fits" THEN 'not an integer'
    WHEN NOT "shop fits" THEN 'not an integer'
    WHEN NOT "at fits" THEN 'not a timestamp'
    WHEN NOT "minutes fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer fits"
  AND "shop fits"
  AND "at fits"
  AND "minutes fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:old_calls')*/ INTO "stage"."old_calls_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."old_calls"
WHERE "hk_shop_no" IN (
  SELECT "hk_shop_no"
  FROM "stage"."old_calls"
  GROUP BY "hk_shop_no"
  HAVING COUNT(*) > 1
);
