-- stage orders: rendered by dv-gen from metadata/lines.yml:26.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_src, rows_before, period_start, period_end.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "id" INTEGER NOT NULL,
  "order_no" VARCHAR(10) COLLATE "C",
  "changed_at" TIMESTAMP NOT NULL,
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "id" TEXT COLLATE "C",
  "order_no" TEXT COLLATE "C",
  "changed_at" TEXT COLLATE "C",
  "paid" TEXT COLLATE "C"
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
  "id",
  "order_no",
  "changed_at",
  "paid",
  "load_dt",
  "load_src",
  "row_no",
  "hk_order_no"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."order_no" AS "order_no",
    raw."changed_at" AS "changed_at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."changed_at", 'timestamp') THEN CAST(raw."changed_at" AS TIMESTAMP) END AS "changed_at",
    raw."paid" AS "paid text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."paid"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."paid") AS BOOLEAN) END AS "paid"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "order_no" IS NULL OR LENGTH("order_no") <= 10 AS "order_no fits",
    "changed_at text" IS NOT NULL AND "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("changed_at" AS TEXT) = "changed_at text" OR "changed_at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "changed_at fits",
    "paid text" IS NULL OR "paid" IS NOT NULL AND (CAST("paid" AS TEXT) = "paid text" OR "paid text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "paid fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "id",
    "order_no",
    "changed_at",
    "paid",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "order_no fits"
    AND "changed_at fits"
    AND "paid fits"
)
SELECT
  "id",
  "order_no",
  "changed_at",
  "paid",
  "changed_at" AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "order_no") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("order_no", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_order_no"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."order_no" AS "order_no",
    raw."changed_at" AS "changed_at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."changed_at", 'timestamp') THEN CAST(raw."changed_at" AS TIMESTAMP) END AS "changed_at",
    raw."paid" AS "paid text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."paid"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."paid") AS BOOLEAN) END AS "paid"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "order_no" IS NULL OR LENGTH("order_no") <= 10 AS "order_no fits",
    "changed_at text" IS NOT NULL AND "changed_at" IS NOT NULL AND "changed_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("changed_at" AS TEXT) = "changed_at text" OR "changed_at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "changed_at fits",
    "paid text" IS NULL OR "paid" IS NOT NULL AND (CAST("paid" AS TEXT) = "paid text" OR "paid text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "paid fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."orders" ("load_dt", "hk_order_no");

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

-- The whole delivery, kept aside while its periods are loaded one after the other (run --by).
DROP TABLE IF EXISTS "stage"."orders_whole";

CREATE TABLE "stage"."orders_whole" (
  "id" INTEGER NOT NULL,
  "order_no" VARCHAR(10) COLLATE "C",
  "changed_at" TIMESTAMP NOT NULL,
  "paid" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_order_no" UUID
);

INSERT INTO "stage"."orders_whole" (
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
INSERT INTO "stage"."orders" (
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
