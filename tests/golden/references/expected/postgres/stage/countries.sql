-- stage countries: rendered by dv-gen from metadata/codes.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."countries";

CREATE TABLE "stage"."countries" (
  "code" VARCHAR(2) COLLATE "C" NOT NULL,
  "name" VARCHAR(50) COLLATE "C",
  "region" VARCHAR(20) COLLATE "C",
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hashdiff_r_countries" UUID NOT NULL,
  "hashdiff_r_regions" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."countries_repeats";

CREATE TABLE "stage"."countries_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_countries";

CREATE TEMPORARY TABLE "raw_countries" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "code" TEXT COLLATE "C",
  "name" TEXT COLLATE "C",
  "region" TEXT COLLATE "C",
  "at" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_countries";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_countries" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."countries" (
  "code",
  "name",
  "region",
  "at",
  "load_dt",
  "load_src",
  "row_no",
  "hashdiff_r_countries",
  "hashdiff_r_regions"
)
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_countries") + 1 AS "row_no",
    raw."code" AS "code",
    raw."name" AS "name",
    raw."region" AS "region",
    raw."at" AS "at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."at", 'timestamp') THEN CAST(raw."at" AS TIMESTAMP) END AS "at"
  FROM "raw_countries" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND LENGTH("code") <= 2 AS "code fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "region" IS NULL OR LENGTH("region") <= 20 AS "region fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS TEXT) = "at text" OR "at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "at fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "code",
    "name",
    "region",
    "at",
    "row_no"
  FROM "checked"
  WHERE "code fits"
    AND "name fits"
    AND "region fits"
    AND "at fits"
)
SELECT
  "code",
  "name",
  "region",
  "at",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CONCAT_WS(
    '|',
    'at=' || CAST("at" AS TEXT),
    'name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'),
    'region=' || REPLACE(REPLACE("region", '\', '\\'), '|', '\|')
  ))::UUID AS "hashdiff_r_countries",
  MD5(COALESCE('region=' || REPLACE(REPLACE("region", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_r_regions"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_countries") + 1 AS "row_no",
    raw."code" AS "code",
    raw."name" AS "name",
    raw."region" AS "region",
    raw."at" AS "at text",
    CASE WHEN PG_INPUT_IS_VALID(raw."at", 'timestamp') THEN CAST(raw."at" AS TIMESTAMP) END AS "at"
  FROM "raw_countries" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND LENGTH("code") <= 2 AS "code fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "region" IS NULL OR LENGTH("region") <= 20 AS "region fits",
    "at text" IS NULL OR "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS TEXT) = "at text" OR "at text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)$') AS "at fits"
  FROM "typed" AS typed
  OFFSET 0
)
SELECT
  "row_no",
  CASE
    WHEN NOT "code fits" THEN 'code'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "region fits" THEN 'region'
    WHEN NOT "at fits" THEN 'at'
  END AS "column_name",
  CASE
    WHEN "code" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "code fits" THEN 'longer than 2 characters'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "region fits" THEN 'longer than 20 characters'
    WHEN NOT "at fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("code fits"
  AND "name fits"
  AND "region fits"
  AND "at fits")
ORDER BY "row_no";

ANALYZE "stage"."countries" ("load_dt");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."countries_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."countries"
WHERE 1 = 0;
