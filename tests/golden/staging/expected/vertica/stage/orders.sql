-- stage orders: rendered by dv-gen from metadata/lines.yml:26.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_src, rows_before, period_start, period_end.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders" CASCADE;

CREATE TABLE "stage"."orders" (
  "id" INTEGER NOT NULL,
  "order_no" VARCHAR(40),
  "changed_at" TIMESTAMP NOT NULL,
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16)
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;

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
  "id" VARCHAR(404),
  "order_no" VARCHAR(44),
  "changed_at" VARCHAR(404),
  "paid" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:orders')*/ "raw_orders" (
  "row_no",
  "id",
  "order_no",
  "changed_at",
  "paid"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_orders_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders" (
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
)
SELECT
  "id",
  "order_no",
  "changed_at",
  "paid",
  "changed_at" AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_order_no"
FROM (
  SELECT
    "id",
    "order_no",
    "changed_at",
    "paid",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
      "order_no" IS NULL OR CHARACTER_LENGTH("order_no") <= 10 AS "order_no fits",
      "changed_at text" IS NOT NULL AND "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("changed_at" AS VARCHAR(26)) = "changed_at text" OR REGEXP_LIKE("changed_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "changed_at fits",
      "paid text" IS NULL OR "paid" IS NOT NULL AND (CAST("paid" AS VARCHAR(5)) = "paid text" OR REGEXP_LIKE("paid text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "paid fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."id", 2) AS "id text",
        SUBSTR(raw."id", 2)::!INTEGER AS "id",
        SUBSTR(raw."order_no", 2) AS "order_no",
        SUBSTR(raw."changed_at", 2) AS "changed_at text",
        SUBSTR(raw."changed_at", 2)::!TIMESTAMP AS "changed_at",
        SUBSTR(raw."paid", 2) AS "paid text",
        TRIM(BOTH ' ' FROM SUBSTR(raw."paid", 2))::!BOOLEAN AS "paid"
      FROM "raw_orders" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "id fits"
    AND "order_no fits"
    AND "changed_at fits"
    AND "paid fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."id", 2) AS "id text",
    SUBSTR(raw."id", 2)::!INTEGER AS "id",
    SUBSTR(raw."order_no", 2) AS "order_no",
    SUBSTR(raw."changed_at", 2) AS "changed_at text",
    SUBSTR(raw."changed_at", 2)::!TIMESTAMP AS "changed_at",
    SUBSTR(raw."paid", 2) AS "paid text",
    TRIM(BOTH ' ' FROM SUBSTR(raw."paid", 2))::!BOOLEAN AS "paid"
  FROM "raw_orders" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
    "order_no" IS NULL OR CHARACTER_LENGTH("order_no") <= 10 AS "order_no fits",
    "changed_at text" IS NOT NULL AND "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("changed_at" AS VARCHAR(26)) = "changed_at text" OR REGEXP_LIKE("changed_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "changed_at fits",
    "paid text" IS NULL OR "paid" IS NOT NULL AND (CAST("paid" AS VARCHAR(5)) = "paid text" OR REGEXP_LIKE("paid text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "paid fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "order_no fits" THEN 'order_no'
    WHEN NOT "changed_at fits" THEN 'changed_at'
    WHEN NOT "paid fits" THEN 'paid'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "order_no fits" THEN 'longer than 10 characters'
    WHEN "changed_at text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "changed_at fits" THEN 'not a timestamp'
    WHEN NOT "paid fits" THEN 'not a boolean'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "order_no fits"
  AND "changed_at fits"
  AND "paid fits")
ORDER BY "row_no";

-- Once for every file: its first and last load date, as the source itself has them.
SELECT MIN("load_dt"), MAX("load_dt")
FROM "stage"."orders"
WHERE "row_no" > CAST(:rows_before AS BIGINT);

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

-- The whole delivery, kept aside while its periods are loaded one after the other (run --by).
DROP TABLE IF EXISTS "stage"."orders_whole" CASCADE;

CREATE TABLE "stage"."orders_whole" (
  "id" INTEGER NOT NULL,
  "order_no" VARCHAR(40),
  "changed_at" TIMESTAMP NOT NULL,
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_order_no" VARBINARY(16)
)
ORDER BY "hk_order_no"
SEGMENTED BY HASH("hk_order_no") ALL NODES;

INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders_whole" (
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
)
SELECT
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
FROM "stage"."orders";

SELECT DISTINCT CAST("load_dt" AS DATE) AS "day"
FROM "stage"."orders_whole";

SELECT DISTINCT "load_dt"
FROM "stage"."orders_whole";

-- The rows of one period; its last moment is part of it.
INSERT /*+LABEL('dv_gen:orders')*/ INTO "stage"."orders" (
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
)
SELECT
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
FROM "stage"."orders_whole"
WHERE "load_dt" BETWEEN CAST(:period_start AS TIMESTAMP) AND CAST(:period_end AS TIMESTAMP);
