-- reference r_rates_fixed: rendered by dv-gen from metadata/codes.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."r_rates_fixed" (
  "year" INTEGER NOT NULL,
  "currency" VARCHAR(3) COLLATE "C" NOT NULL,
  "first_rate" DECIMAL(12, 6),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("year", "currency")
);

SELECT "dv_meta"."lift_key"('"vault"."r_rates_fixed"');

-- Staged rows that the table cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_rates_fixed' AS "entity",
  'rates' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'year, currency' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("currency", '\', '\\'), '|', '\|'), '\N') || '|' || CAST("year" AS TEXT) || '|' || COALESCE(CAST("rate" AS TEXT), '\N') AS "record"
FROM "stage"."rates" AS staged
WHERE "year" IS NULL OR "currency" IS NULL OR TRIM(BOTH ' ' FROM "currency") = '';

-- Once per code, the first row that arrives; what it says is never compared.
INSERT INTO "vault"."r_rates_fixed" (
  "year",
  "currency",
  "first_rate",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT
    stored."year",
    stored."currency"
  FROM "vault"."r_rates_fixed" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."rates" AS staged WHERE staged."year" = stored."year" AND staged."currency" = stored."currency")
),
"placed" AS (
  SELECT
    "year", "currency",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "year", "currency" ORDER BY "load_dt", "row_no" ASC) AS "place no"
  FROM "stage"."rates"
  WHERE "year" IS NOT NULL AND TRIM(BOTH ' ' FROM "currency") <> ''
),
"new" AS (
  SELECT placed."row_no"
  FROM "placed" AS placed
  WHERE placed."place no" = 1
    AND NOT EXISTS (SELECT 1 FROM "stored" AS stored WHERE stored."year" = placed."year" AND stored."currency" = placed."currency")
)
SELECT
  staged."year",
  staged."currency",
  staged."rate",
  staged."load_dt",
  staged."load_src"
FROM "stage"."rates" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "new");

SELECT "dv_meta"."put_key"('"vault"."r_rates_fixed"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."r_rates_fixed" ("year", "currency", "first_rate", "load_dt", "load_src");
