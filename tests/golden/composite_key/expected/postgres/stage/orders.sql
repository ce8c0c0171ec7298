-- stage orders: rendered by dv-gen from metadata/orders.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."orders";

CREATE TABLE "stage"."orders" (
  "company" VARCHAR(4) COLLATE "C",
  "nr" INTEGER,
  "follows_company" VARCHAR(4) COLLATE "C",
  "follows_nr" INTEGER,
  "placed" DATE,
  "rush" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_company_no_order_no" UUID,
  "hk_company_no_order_no_predecessor" UUID,
  "hk_l_follows" UUID
);

DROP TABLE IF EXISTS "stage"."orders_repeats";

CREATE TABLE "stage"."orders_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_orders";

CREATE TEMPORARY TABLE "raw_orders" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "company" TEXT COLLATE "C",
  "nr" TEXT COLLATE "C",
  "follows_company" TEXT COLLATE "C",
  "follows_nr" TEXT COLLATE "C",
  "placed" TEXT COLLATE "C",
  "rush" TEXT COLLATE "C"
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
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."company" AS "company",
    raw."nr" AS "nr text",
    CASE WHEN PG_INPUT_IS_VALID(raw."nr", 'integer') THEN CAST(raw."nr" AS INTEGER) END AS "nr",
    raw."follows_company" AS "follows_company",
    raw."follows_nr" AS "follows_nr text",
    CASE WHEN PG_INPUT_IS_VALID(raw."follows_nr", 'integer') THEN CAST(raw."follows_nr" AS INTEGER) END AS "follows_nr",
    raw."placed" AS "placed text",
    CASE WHEN PG_INPUT_IS_VALID(raw."placed", 'date') THEN CAST(raw."placed" AS DATE) END AS "placed",
    raw."rush" AS "rush text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."rush"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."rush") AS BOOLEAN) END AS "rush"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NULL OR LENGTH("company") <= 4 AS "company fits",
    "nr text" IS NULL OR "nr" IS NOT NULL AND (CAST("nr" AS TEXT) = "nr text" OR "nr text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "nr fits",
    "follows_company" IS NULL OR LENGTH("follows_company") <= 4 AS "follows_company fits",
    "follows_nr text" IS NULL OR "follows_nr" IS NOT NULL AND (CAST("follows_nr" AS TEXT) = "follows_nr text" OR "follows_nr text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "follows_nr fits",
    "placed text" IS NULL OR "placed" IS NOT NULL AND "placed" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("placed" AS TEXT) = "placed text" OR "placed text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "placed fits",
    "rush text" IS NULL OR "rush" IS NOT NULL AND (CAST("rush" AS TEXT) = "rush text" OR "rush text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "rush fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "company",
    "nr",
    "follows_company",
    "follows_nr",
    "placed",
    "rush",
    "row_no"
  FROM "checked"
  WHERE "company fits"
    AND "nr fits"
    AND "follows_company fits"
    AND "follows_nr fits"
    AND "placed fits"
    AND "rush fits"
)
SELECT
  "company",
  "nr",
  "follows_company",
  "follows_nr",
  "placed",
  "rush",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "company") <> '' OR "nr" IS NOT NULL THEN MD5(COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("company", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') || '|' || COALESCE(CAST(CAST("nr" AS BIGINT) AS TEXT), '\N'))::UUID END AS "hk_company_no_order_no",
  CASE WHEN TRIM(BOTH ' ' FROM "follows_company") <> '' OR "follows_nr" IS NOT NULL THEN MD5(COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("follows_company", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') || '|' || COALESCE(CAST(CAST("follows_nr" AS BIGINT) AS TEXT), '\N'))::UUID END AS "hk_company_no_order_no_predecessor",
  CASE WHEN (TRIM(BOTH ' ' FROM "company") <> '' OR "nr" IS NOT NULL) AND (TRIM(BOTH ' ' FROM "follows_company") <> '' OR "follows_nr" IS NOT NULL) THEN MD5(COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("company", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') || '|' || COALESCE(CAST(CAST("nr" AS BIGINT) AS TEXT), '\N') || '|' || COALESCE((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("follows_company", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"), '\N') || '|' || COALESCE(CAST(CAST("follows_nr" AS BIGINT) AS TEXT), '\N'))::UUID END AS "hk_l_follows"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_orders") + 1 AS "row_no",
    raw."company" AS "company",
    raw."nr" AS "nr text",
    CASE WHEN PG_INPUT_IS_VALID(raw."nr", 'integer') THEN CAST(raw."nr" AS INTEGER) END AS "nr",
    raw."follows_company" AS "follows_company",
    raw."follows_nr" AS "follows_nr text",
    CASE WHEN PG_INPUT_IS_VALID(raw."follows_nr", 'integer') THEN CAST(raw."follows_nr" AS INTEGER) END AS "follows_nr",
    raw."placed" AS "placed text",
    CASE WHEN PG_INPUT_IS_VALID(raw."placed", 'date') THEN CAST(raw."placed" AS DATE) END AS "placed",
    raw."rush" AS "rush text",
    CASE WHEN PG_INPUT_IS_VALID(TRIM(BOTH ' ' FROM raw."rush"), 'boolean') THEN CAST(TRIM(BOTH ' ' FROM raw."rush") AS BOOLEAN) END AS "rush"
  FROM "raw_orders" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "company" IS NULL OR LENGTH("company") <= 4 AS "company fits",
    "nr text" IS NULL OR "nr" IS NOT NULL AND (CAST("nr" AS TEXT) = "nr text" OR "nr text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "nr fits",
    "follows_company" IS NULL OR LENGTH("follows_company") <= 4 AS "follows_company fits",
    "follows_nr text" IS NULL OR "follows_nr" IS NOT NULL AND (CAST("follows_nr" AS TEXT) = "follows_nr text" OR "follows_nr text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "follows_nr fits",
    "placed text" IS NULL OR "placed" IS NOT NULL AND "placed" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("placed" AS TEXT) = "placed text" OR "placed text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "placed fits",
    "rush text" IS NULL OR "rush" IS NOT NULL AND (CAST("rush" AS TEXT) = "rush text" OR "rush text" ~ '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)$') AS "rush fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."orders" ("load_dt", "hk_company_no_order_no", "hk_company_no_order_no_predecessor", "hk_l_follows");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."orders_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."orders"
WHERE "hk_company_no_order_no" IN (
  SELECT "hk_company_no_order_no"
  FROM "stage"."orders"
  GROUP BY "hk_company_no_order_no"
  HAVING COUNT(*) > 1
);
