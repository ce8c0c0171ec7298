-- stage orders: rendered by dv-gen from metadata/model.yml:2.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "order_no" INTEGER NOT NULL,
  "country" VARCHAR(8),
  "ordered_on" DATE NOT NULL,
  "status" VARCHAR(80),
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16) NOT NULL,
  "hk_country_code" VARBINARY(16),
  "hk_l_orders_countries" VARBINARY(16),
  "hashdiff_s_order_status" VARBINARY(16) NOT NULL,
  "hashdiff_r_statuses" VARBINARY(16) NOT NULL
)
ORDER BY "row_no"
SEGMENTED BY HASH("hk_order_no", "hk_country_code") ALL NODES
KSAFE 1;

DROP TABLE IF EXISTS "stage"."orders_repeats" CASCADE;

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES
KSAFE 1;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_orders";

CREATE LOCAL TEMPORARY TABLE "raw_orders" (
  "row_no" INTEGER NOT NULL,
  "order_no" VARCHAR(404),
  "country" VARCHAR(12),
  "ordered_on" VARCHAR(404),
  "status" VARCHAR(84)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders" (
  "row_no",
  "order_no",
  "country",
  "ordered_on",
  "status"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_orders_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders" (
  "order_no",
  "country",
  "ordered_on",
  "status",
  "ldts",
  "load_src",
  "row_no",
  "hk_order_no",
  "hk_country_code",
  "hk_l_orders_countries",
  "hashdiff_s_order_status",
  "hashdiff_r_statuses"
)
SELECT
  "order_no",
  "country",
  "ordered_on",
  "status",
  CAST(:load_dt AS TIMESTAMP) AS "ldts",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(20)))) AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_country_code",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' THEN HEX_TO_BINARY(MD5(CAST("order_no" AS VARCHAR(20)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_l_orders_countries",
  HEX_TO_BINARY(MD5(SUBSTR(
    '|ordered_on=' || TO_CHAR("ordered_on", 'YYYY-MM-DD')
    || COALESCE('|status=' || REPLACE(REPLACE("status", '\', '\\'), '|', '\|'), ''),
    2
  ))) AS "hashdiff_s_order_status",
  HEX_TO_BINARY(MD5(COALESCE('country=' || REPLACE(REPLACE("country", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_r_statuses"
FROM (
  SELECT
    "order_no",
    "country",
    "ordered_on",
    "status",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS VARCHAR(20)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
      "country" IS NULL OR CHARACTER_LENGTH("country") <= 2 AS "country fits",
      "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS VARCHAR(10)) = "ordered_on text" OR REGEXP_LIKE("ordered_on text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "ordered_on fits",
      "status" IS NULL OR CHARACTER_LENGTH("status") <= 20 AS "status fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."order_no", 2) AS "order_no text",
        SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
        SUBSTR(raw."country", 2) AS "country",
        SUBSTR(raw."ordered_on", 2) AS "ordered_on text",
        SUBSTR(raw."ordered_on", 2)::!DATE AS "ordered_on",
        SUBSTR(raw."status", 2) AS "status"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "order_no fits"
    AND "country fits"
    AND "ordered_on fits"
    AND "status fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."order_no", 2) AS "order_no text",
    SUBSTR(raw."order_no", 2)::!INTEGER AS "order_no",
    SUBSTR(raw."country", 2) AS "country",
    SUBSTR(raw."ordered_on", 2) AS "ordered_on text",
    SUBSTR(raw."ordered_on", 2)::!DATE AS "ordered_on",
    SUBSTR(raw."status", 2) AS "status"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS VARCHAR(20)) = "order_no text" OR REGEXP_LIKE("order_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "order_no fits",
    "country" IS NULL OR CHARACTER_LENGTH("country") <= 2 AS "country fits",
    "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS VARCHAR(10)) = "ordered_on text" OR REGEXP_LIKE("ordered_on text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "ordered_on fits",
    "status" IS NULL OR CHARACTER_LENGTH("status") <= 20 AS "status fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "ordered_on fits" THEN 'ordered_on'
    WHEN NOT "status fits" THEN 'status'
  END AS "column_name",
  CASE
    WHEN "order_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "order_no fits" THEN 'not a bigint'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN "ordered_on text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "ordered_on fits" THEN 'not a date'
    WHEN NOT "status fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("order_no fits"
  AND "country fits"
  AND "ordered_on fits"
  AND "status fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."orders"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
