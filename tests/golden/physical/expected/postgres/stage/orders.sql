-- stage orders: rendered by dv-gen from metadata/model.yml:2.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "order_no" BIGINT NOT NULL,
  "country" VARCHAR(2) COLLATE "C",
  "ordered_on" DATE NOT NULL,
  "status" VARCHAR(20) COLLATE "C",
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_country_code" UUID,
  "hk_l_orders_countries" UUID,
  "hashdiff_s_order_status" UUID NOT NULL,
  "hashdiff_r_statuses" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "order_no" TEXT COLLATE "C",
  "country" TEXT COLLATE "C",
  "ordered_on" TEXT COLLATE "C",
  "status" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_orders";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_orders" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."orders" (
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
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'bigint') THEN CAST(raw."order_no" AS BIGINT) END AS "order_no",
    raw."country" AS "country",
    raw."ordered_on" AS "ordered_on text",
    CASE WHEN PG_INPUT_IS_VALID(raw."ordered_on", 'date') THEN CAST(raw."ordered_on" AS DATE) END AS "ordered_on",
    raw."status" AS "status"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS TEXT) = "ordered_on text" OR "ordered_on text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "ordered_on fits",
    "status" IS NULL OR LENGTH("status") <= 20 AS "status fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "order_no",
    "country",
    "ordered_on",
    "status",
    "row_no"
  FROM "checked"
  WHERE "order_no fits"
    AND "country fits"
    AND "ordered_on fits"
    AND "status fits"
)
SELECT
  "order_no",
  "country",
  "ordered_on",
  "status",
  CAST(:load_dt AS TIMESTAMP) AS "ldts",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("order_no" AS TEXT))::UUID AS "hk_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_country_code",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' THEN MD5(CAST("order_no" AS TEXT) || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_l_orders_countries",
  MD5(CONCAT_WS(
    '|',
    'ordered_on=' || CAST("ordered_on" AS TEXT),
    'status=' || REPLACE(REPLACE("status", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_s_order_status",
  MD5(COALESCE('country=' || REPLACE(REPLACE("country", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_r_statuses"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."order_no" AS "order_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."order_no", 'bigint') THEN CAST(raw."order_no" AS BIGINT) END AS "order_no",
    raw."country" AS "country",
    raw."ordered_on" AS "ordered_on text",
    CASE WHEN PG_INPUT_IS_VALID(raw."ordered_on", 'date') THEN CAST(raw."ordered_on" AS DATE) END AS "ordered_on",
    raw."status" AS "status"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "order_no text" IS NOT NULL AND "order_no" IS NOT NULL AND (CAST("order_no" AS TEXT) = "order_no text" OR "order_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "order_no fits",
    "country" IS NULL OR LENGTH("country") <= 2 AS "country fits",
    "ordered_on text" IS NOT NULL AND "ordered_on" IS NOT NULL AND "ordered_on" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("ordered_on" AS TEXT) = "ordered_on text" OR "ordered_on text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "ordered_on fits",
    "status" IS NULL OR LENGTH("status") <= 20 AS "status fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."orders" ("ldts", "hk_order_no", "hk_country_code", "hk_l_orders_countries");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_order_no" IN (
  SELECT "hk_order_no"
  FROM "stage"."orders"
  GROUP BY "hk_order_no"
  HAVING COUNT(*) > 1
);
