-- stage visits: rendered by dv-gen from metadata/sales.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."visits";

CREATE TABLE "stage"."visits" (
  "shop" INTEGER NOT NULL,
  "visitor" VARCHAR(20) COLLATE "C",
  "visit_id" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_visit_id" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."visits_repeats";

CREATE TABLE "stage"."visits_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_visits";

CREATE TEMPORARY TABLE "raw_visits" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "shop" TEXT COLLATE "C",
  "visitor" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_visits";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_visits" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."visits" (
  "shop",
  "visitor",
  "visit_id",
  "load_dt",
  "load_src",
  "row_no",
  "hk_visit_id"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_visits") + 1 AS "row_no",
    raw."shop" AS "shop text",
    CASE WHEN PG_INPUT_IS_VALID(raw."shop", 'integer') THEN CAST(raw."shop" AS INTEGER) END AS "shop",
    raw."visitor" AS "visitor"
  FROM "raw_visits" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND (CAST("shop" AS TEXT) = "shop text" OR "shop text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "shop fits",
    "visitor" IS NULL OR LENGTH("visitor") <= 20 AS "visitor fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "shop",
    "visitor",
    "row_no"
  FROM "checked"
  WHERE "shop fits"
    AND "visitor fits"
),
"identified" AS (
  SELECT
    fitting.*,
    MD5(CAST("shop" AS TEXT) || '|' || COALESCE(REPLACE(REPLACE("visitor", '\', '\\'), '|', '\|'), '\N')) AS "visit_id text"
  FROM "fitting" AS fitting
  OFFSET 0
)
SELECT
  "shop",
  "visitor",
  "visit_id text"::UUID AS "visit_id",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5("visit_id text")::UUID AS "hk_visit_id"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_visits") + 1 AS "row_no",
    raw."shop" AS "shop text",
    CASE WHEN PG_INPUT_IS_VALID(raw."shop", 'integer') THEN CAST(raw."shop" AS INTEGER) END AS "shop",
    raw."visitor" AS "visitor"
  FROM "raw_visits" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND (CAST("shop" AS TEXT) = "shop text" OR "shop text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "shop fits",
    "visitor" IS NULL OR LENGTH("visitor") <= 20 AS "visitor fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "shop fits" THEN 'shop'
    WHEN NOT "visitor fits" THEN 'visitor'
  END AS "column_name",
  CASE
    WHEN "shop text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "shop fits" THEN 'not an integer'
    WHEN NOT "visitor fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("shop fits"
  AND "visitor fits")
ORDER BY "row_no";

ANALYZE "stage"."visits" ("load_dt", "hk_visit_id");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."visits_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."visits"
WHERE "hk_visit_id" IN (
  SELECT "hk_visit_id"
  FROM "stage"."visits"
  GROUP BY "hk_visit_id"
  HAVING COUNT(*) > 1
);
