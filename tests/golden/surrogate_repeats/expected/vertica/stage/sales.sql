-- stage sales: rendered by dv-gen from metadata/sales.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."sales" CASCADE;

CREATE TABLE "stage"."sales" (
  "shop" INTEGER NOT NULL,
  "sold" TIMESTAMP,
  "amount" DECIMAL(12, 3),
  "note" VARCHAR(200),
  "sale_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_sale_id" VARBINARY(16) NOT NULL,
  "hk_shop_no" VARBINARY(16) NOT NULL,
  "hk_l_sales_shops" VARBINARY(16) NOT NULL,
  "hashdiff_s_sales" VARBINARY(16) NOT NULL
)
ORDER BY "hk_sale_id"
SEGMENTED BY HASH("hk_sale_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."sales_repeats" CASCADE;

CREATE TABLE "stage"."sales_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_sales";

CREATE LOCAL TEMPORARY TABLE "raw_sales" (
  "row_no" INTEGER NOT NULL,
  "shop" VARCHAR(404),
  "sold" VARCHAR(404),
  "amount" VARCHAR(404),
  "note" VARCHAR(204)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:sales')*/ "raw_sales" (
  "row_no",
  "shop",
  "sold",
  "amount",
  "note"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_sales_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:sales')*/ INTO "stage"."sales" (
  "shop",
  "sold",
  "amount",
  "note",
  "sale_id",
  "load_dt",
  "load_src",
  "row_no",
  "hk_sale_id",
  "hk_shop_no",
  "hk_l_sales_shops",
  "hashdiff_s_sales"
)
SELECT
  "shop",
  "sold",
  "amount",
  "note",
  HEX_TO_BINARY("sale_id text") AS "sale_id",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5("sale_id text")) AS "hk_sale_id",
  HEX_TO_BINARY(MD5(CAST("shop" AS VARCHAR(11)))) AS "hk_shop_no",
  HEX_TO_BINARY(MD5("sale_id text" || '|' || CAST("shop" AS VARCHAR(11)))) AS "hk_l_sales_shops",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|amount=' || RTRIM(RTRIM(CAST("amount" AS VARCHAR(14)), '0'), '.'), '')
    || COALESCE('|note=' || REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), '')
    || COALESCE('|sold=' || RTRIM(RTRIM(TO_CHAR("sold", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), ''),
    2
  ))) AS "hashdiff_s_sales"
FROM (
  SELECT
    numbered.*,
    MD5(CAST("shop" AS VARCHAR(11)) || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("sold", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') || '|' || COALESCE(RTRIM(RTRIM(CAST("amount" AS VARCHAR(14)), '0'), '.'), '\N') || '|' || COALESCE(REPLACE(REPLACE("note", '\', '\\'), '|', '\|'), '\N') || CASE WHEN "occurrence no" > 1 THEN '|' || CAST("occurrence no" AS VARCHAR(20)) ELSE '' END) AS "sale_id text"
  FROM (
    SELECT
      fitting.*,
      ROW_NUMBER() OVER (
        PARTITION BY "shop", "sold", "amount", "note"
        ORDER BY "row_no"
      ) AS "occurrence no"
    FROM (
      SELECT
        "shop",
        "sold",
        "amount",
        "note",
        "row_no"
      FROM (
        SELECT
          typed.*,
          "shop text" IS NOT NULL AND "shop" IS NOT NULL AND "shop" BETWEEN -2147483648 AND 2147483647 AND (CAST("shop" AS VARCHAR(11)) = "shop text" OR REGEXP_LIKE("shop text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "shop fits",
          "sold text" IS NULL OR "sold" IS NOT NULL AND "sold" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("sold" AS VARCHAR(26)) = "sold text" OR REGEXP_LIKE("sold text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "sold fits",
          "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS VARCHAR(14)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*)[ ]*)\z')) AS "amount fits",
          "note" IS NULL OR CHARACTER_LENGTH("note") <= 50 AS "note fits"
        FROM (
          SELECT
            "row_no" AS "row_no",
            SUBSTR(raw."shop", 2) AS "shop text",
            SUBSTR(raw."shop", 2)::!INTEGER AS "shop",
            SUBSTR(raw."sold", 2) AS "sold text",
            SUBSTR(raw."sold", 2)::!TIMESTAMP AS "sold",
            SUBSTR(raw."amount", 2) AS "amount text",
            SUBSTR(raw."amount", 2)::!DECIMAL(12, 3) AS "amount",
            SUBSTR(raw."note", 2) AS "note"
          FROM "raw_sales" AS raw
        ) AS typed
      ) AS "checked"
      WHERE "shop fits"
        AND "sold fits"
        AND "amount fits"
        AND "note fits"
    ) AS fitting
  ) AS numbered
) AS "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."shop", 2) AS "shop text",
    SUBSTR(raw."shop", 2)::!INTEGER AS "shop",
    SUBSTR(raw."sold", 2) AS "sold text",
    SUBSTR(raw."sold", 2)::!TIMESTAMP AS "sold",
    SUBSTR(raw."amount", 2) AS "amount text",
    SUBSTR(raw."amount", 2)::!DECIMAL(12, 3) AS "amount",
    SUBSTR(raw."note", 2) AS "note"
  FROM "raw_sales" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND "shop" BETWEEN -2147483648 AND 2147483647 AND (CAST("shop" AS VARCHAR(11)) = "shop text" OR REGEXP_LIKE("shop text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "shop fits",
    "sold text" IS NULL OR "sold" IS NOT NULL AND "sold" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("sold" AS VARCHAR(26)) = "sold text" OR REGEXP_LIKE("sold text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "sold fits",
    "amount text" IS NULL OR "amount" IS NOT NULL AND (CAST("amount" AS VARCHAR(14)) = "amount text" OR REGEXP_LIKE("amount text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*)[ ]*)\z')) AS "amount fits",
    "note" IS NULL OR CHARACTER_LENGTH("note") <= 50 AS "note fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "shop fits" THEN 'shop'
    WHEN NOT "sold fits" THEN 'sold'
    WHEN NOT "amount fits" THEN 'amount'
    WHEN NOT "note fits" THEN 'note'
  END AS "column_name",
  CASE
    WHEN "shop text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "shop fits" THEN 'not an integer'
    WHEN NOT "sold fits" THEN 'not a timestamp'
    WHEN NOT "amount fits" THEN 'not a decimal(12,3)'
    WHEN NOT "note fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("shop fits"
  AND "sold fits"
  AND "amount fits"
  AND "note fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:sales')*/ INTO "stage"."sales_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."sales"
WHERE "hk_sale_id" IN (
  SELECT "hk_sale_id"
  FROM "stage"."sales"
  GROUP BY "hk_sale_id"
  HAVING COUNT(*) > 1
);
