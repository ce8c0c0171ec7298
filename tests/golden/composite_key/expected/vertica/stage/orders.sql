-- stage orders: rendered by dv-gen from metadata/orders.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "company" VARCHAR(16),
  "nr" INTEGER,
  "follows_company" VARCHAR(16),
  "follows_nr" INTEGER,
  "placed" DATE,
  "rush" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_company_no_order_no" VARBINARY(16),
  "hk_company_no_order_no_predecessor" VARBINARY(16),
  "hk_l_follows" VARBINARY(16)
)
ORDER BY "hk_company_no_order_no"
SEGMENTED BY HASH("hk_company_no_order_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."orders_repeats" CASCADE;

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_orders";

CREATE LOCAL TEMPORARY TABLE "raw_orders" (
  "row_no" INTEGER NOT NULL,
  "company" VARCHAR(20),
  "nr" VARCHAR(404),
  "follows_company" VARCHAR(20),
  "follows_nr" VARCHAR(404),
  "placed" VARCHAR(404),
  "rush" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders" (
  "row_no",
  "company",
  "nr",
  "follows_company",
  "follows_nr",
  "placed",
  "rush"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_orders_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders" (
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
SELECT
  "company",
  "nr",
  "follows_company",
  "follows_nr",
  "placed",
  "rush",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "company") <> '' OR "nr" IS NOT NULL THEN HEX_TO_BINARY(MD5(COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("company", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') || '|' || COALESCE(CAST(CAST("nr" AS INTEGER) AS VARCHAR(20)), '\N'))) END AS "hk_company_no_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "follows_company") <> '' OR "follows_nr" IS NOT NULL THEN HEX_TO_BINARY(MD5(COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("follows_company", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') || '|' || COALESCE(CAST(CAST("follows_nr" AS INTEGER) AS VARCHAR(20)), '\N'))) END AS "hk_company_no_order_no_predecessor",
  CASE WHEN (TRIM(BOTH ' ' FROM "company") <> '' OR "nr" IS NOT NULL) AND (TRIM(BOTH ' ' FROM "follows_company") <> '' OR "follows_nr" IS NOT NULL) THEN HEX_TO_BINARY(MD5(COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("company", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') || '|' || COALESCE(CAST(CAST("nr" AS INTEGER) AS VARCHAR(20)), '\N') || '|' || COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("follows_company", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') || '|' || COALESCE(CAST(CAST("follows_nr" AS INTEGER) AS VARCHAR(20)), '\N'))) END AS "hk_l_follows"
FROM (
  SELECT
    "company",
    "nr",
    "follows_company",
    "follows_nr",
    "placed",
    "rush",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "company" IS NULL OR CHARACTER_LENGTH("company") <= 4 AS "company fits",
      "nr text" IS NULL OR "nr" IS NOT NULL AND "nr" BETWEEN -2147483648 AND 2147483647 AND (CAST("nr" AS VARCHAR(11)) = "nr text" OR REGEXP_LIKE("nr text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "nr fits",
      "follows_company" IS NULL OR CHARACTER_LENGTH("follows_company") <= 4 AS "follows_company fits",
      "follows_nr text" IS NULL OR "follows_nr" IS NOT NULL AND "follows_nr" BETWEEN -2147483648 AND 2147483647 AND (CAST("follows_nr" AS VARCHAR(11)) = "follows_nr text" OR REGEXP_LIKE("follows_nr text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "follows_nr fits",
      "placed text" IS NULL OR "placed" IS NOT NULL AND "placed" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("placed" AS VARCHAR(10)) = "placed text" OR REGEXP_LIKE("placed text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "placed fits",
      "rush text" IS NULL OR "rush" IS NOT NULL AND (CAST("rush" AS VARCHAR(5)) = "rush text" OR REGEXP_LIKE("rush text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "rush fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."company", 2) AS "company",
        SUBSTR(raw."nr", 2) AS "nr text",
        SUBSTR(raw."nr", 2)::!INTEGER AS "nr",
        SUBSTR(raw."follows_company", 2) AS "follows_company",
        SUBSTR(raw."follows_nr", 2) AS "follows_nr text",
        SUBSTR(raw."follows_nr", 2)::!INTEGER AS "follows_nr",
        SUBSTR(raw."placed", 2) AS "placed text",
        SUBSTR(raw."placed", 2)::!DATE AS "placed",
        SUBSTR(raw."rush", 2) AS "rush text",
        TRIM(BOTH ' ' FROM SUBSTR(raw."rush", 2))::!BOOLEAN AS "rush"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "company fits"
    AND "nr fits"
    AND "follows_company fits"
    AND "follows_nr fits"
    AND "placed fits"
    AND "rush fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."company", 2) AS "company",
    SUBSTR(raw."nr", 2) AS "nr text",
    SUBSTR(raw."nr", 2)::!INTEGER AS "nr",
    SUBSTR(raw."follows_company", 2) AS "follows_company",
    SUBSTR(raw."follows_nr", 2) AS "follows_nr text",
    SUBSTR(raw."follows_nr", 2)::!INTEGER AS "follows_nr",
    SUBSTR(raw."placed", 2) AS "placed text",
    SUBSTR(raw."placed", 2)::!DATE AS "placed",
    SUBSTR(raw."rush", 2) AS "rush text",
    TRIM(BOTH ' ' FROM SUBSTR(raw."rush", 2))::!BOOLEAN AS "rush"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NULL OR CHARACTER_LENGTH("company") <= 4 AS "company fits",
    "nr text" IS NULL OR "nr" IS NOT NULL AND "nr" BETWEEN -2147483648 AND 2147483647 AND (CAST("nr" AS VARCHAR(11)) = "nr text" OR REGEXP_LIKE("nr text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "nr fits",
    "follows_company" IS NULL OR CHARACTER_LENGTH("follows_company") <= 4 AS "follows_company fits",
    "follows_nr text" IS NULL OR "follows_nr" IS NOT NULL AND "follows_nr" BETWEEN -2147483648 AND 2147483647 AND (CAST("follows_nr" AS VARCHAR(11)) = "follows_nr text" OR REGEXP_LIKE("follows_nr text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "follows_nr fits",
    "placed text" IS NULL OR "placed" IS NOT NULL AND "placed" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("placed" AS VARCHAR(10)) = "placed text" OR REGEXP_LIKE("placed text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "placed fits",
    "rush text" IS NULL OR "rush" IS NOT NULL AND (CAST("rush" AS VARCHAR(5)) = "rush text" OR REGEXP_LIKE("rush text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "rush fits"
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
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_company_no_order_no" IN (
  SELECT "hk_company_no_order_no"
  FROM "stage"."orders"
  GROUP BY "hk_company_no_order_no"
  HAVING COUNT(*) > 1
);
