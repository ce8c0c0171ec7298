-- stage countries: rendered by dv-gen from metadata/codes.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."countries";

CREATE TABLE "stage"."countries" (
  "code" VARCHAR(2) NOT NULL,
  "name" VARCHAR(50),
  "region" VARCHAR(20),
  "at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hashdiff_r_countries" UUID NOT NULL,
  "hashdiff_r_regions" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."countries_repeats";

CREATE TABLE "stage"."countries_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_countries";

CREATE TEMPORARY TABLE "raw_countries" (
  "code" VARCHAR,
  "name" VARCHAR,
  "region" VARCHAR,
  "at" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_countries" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'code',
  'name',
  'region',
  'at'
))
FROM read_csv(
  $file,
  columns = $columns,
  header = true,
  delim = ',',
  quote = '"',
  escape = '"',
  new_line = $new_line,
  nullstr = [''],
  allow_quoted_nulls = false,
  auto_detect = false,
  compression = 'none',
  hive_partitioning = false,
  store_rejects = true,
  rejects_limit = 0
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
    rowid - (SELECT MIN(rowid) FROM "raw_countries") + 1 AS "row_no",
    raw."code" AS "code",
    raw."name" AS "name",
    raw."region" AS "region",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at"
  FROM "raw_countries" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND LENGTH("code") <= 2 AS "code fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "region" IS NULL OR LENGTH("region") <= 20 AS "region fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "at text" IS NULL END AS "at fits"
  FROM "typed" AS typed
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
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CONCAT_WS(
    '|',
    'at=' || CAST("at" AS VARCHAR),
    'name=' || CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END,
    'region=' || CASE WHEN CONTAINS("region", '\') OR CONTAINS("region", '|') THEN REPLACE(REPLACE("region", '\', '\\'), '|', '\|') ELSE "region" END
  )))::UUID AS "hashdiff_r_countries",
  UNHEX(MD5(COALESCE('region=' || CASE WHEN CONTAINS("region", '\') OR CONTAINS("region", '|') THEN REPLACE(REPLACE("region", '\', '\\'), '|', '\|') ELSE "region" END, '')))::UUID AS "hashdiff_r_regions"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_countries") + 1 AS "row_no",
    raw."code" AS "code",
    raw."name" AS "name",
    raw."region" AS "region",
    raw."at" AS "at text",
    TRY_CAST(raw."at" AS TIMESTAMP) AS "at"
  FROM "raw_countries" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "code" IS NOT NULL AND LENGTH("code") <= 2 AS "code fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "region" IS NULL OR LENGTH("region") <= 20 AS "region fits",
    CASE WHEN CAST("at" AS VARCHAR) = "at text" AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("at text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "at text" IS NULL END AS "at fits"
  FROM "typed" AS typed
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

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."countries_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."countries"
WHERE 1 = 0;
