-- stage staff: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."staff";

CREATE TABLE "stage"."staff" (
  "staff_no" INTEGER NOT NULL,
  "boss" INTEGER,
  "old_no" INTEGER,
  "team" VARCHAR(20),
  "site" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_person_no_boss" UUID,
  "hk_person_no_before" UUID,
  "hk_team" UUID,
  "hk_site" UUID,
  "hk_l_bosses" UUID NOT NULL,
  "hk_l_same_person" UUID,
  "hk_l_work" UUID
);

DROP TABLE IF EXISTS "stage"."staff_repeats";

CREATE TABLE "stage"."staff_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_staff";

CREATE TEMPORARY TABLE "raw_staff" (
  "staff_no" VARCHAR,
  "boss" VARCHAR,
  "old_no" VARCHAR,
  "team" VARCHAR,
  "site" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_staff" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'staff_no',
  'boss',
  'old_no',
  'team',
  'site'
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
INSERT INTO "stage"."staff" (
  "staff_no",
  "boss",
  "old_no",
  "team",
  "site",
  "load_dt",
  "load_src",
  "row_no",
  "hk_person_no",
  "hk_person_no_boss",
  "hk_person_no_before",
  "hk_team",
  "hk_site",
  "hk_l_bosses",
  "hk_l_same_person",
  "hk_l_work"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_staff") + 1 AS "row_no",
    raw."staff_no" AS "staff_no text",
    TRY_CAST(raw."staff_no" AS INTEGER) AS "staff_no",
    raw."boss" AS "boss text",
    TRY_CAST(raw."boss" AS INTEGER) AS "boss",
    raw."old_no" AS "old_no text",
    TRY_CAST(raw."old_no" AS INTEGER) AS "old_no",
    raw."team" AS "team",
    raw."site" AS "site"
  FROM "raw_staff" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("staff_no" AS VARCHAR) = "staff_no text" THEN TRUE WHEN "staff_no" IS NOT NULL THEN REGEXP_FULL_MATCH("staff_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "staff_no fits",
    CASE WHEN CAST("boss" AS VARCHAR) = "boss text" THEN TRUE WHEN "boss" IS NOT NULL THEN REGEXP_FULL_MATCH("boss text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "boss text" IS NULL END AS "boss fits",
    CASE WHEN CAST("old_no" AS VARCHAR) = "old_no text" THEN TRUE WHEN "old_no" IS NOT NULL THEN REGEXP_FULL_MATCH("old_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "old_no text" IS NULL END AS "old_no fits",
    "team" IS NULL OR LENGTH("team") <= 20 AS "team fits",
    "site" IS NULL OR LENGTH("site") <= 20 AS "site fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "staff_no",
    "boss",
    "old_no",
    "team",
    "site",
    "row_no"
  FROM "checked"
  WHERE "staff_no fits"
    AND "boss fits"
    AND "old_no fits"
    AND "team fits"
    AND "site fits"
)
SELECT
  "staff_no",
  "boss",
  "old_no",
  "team",
  "site",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST($load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UNHEX(MD5(CAST("staff_no" AS VARCHAR)))::UUID AS "hk_person_no",
  CASE WHEN "boss" IS NOT NULL THEN UNHEX(MD5(CAST("boss" AS VARCHAR)))::UUID END AS "hk_person_no_boss",
  CASE WHEN "old_no" IS NOT NULL THEN UNHEX(MD5(CAST("old_no" AS VARCHAR)))::UUID END AS "hk_person_no_before",
  CASE WHEN TRIM(BOTH ' ' FROM "team") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("team", '\') OR CONTAINS("team", '|') THEN REPLACE(REPLACE("team", '\', '\\'), '|', '\|') ELSE "team" END))))::UUID END AS "hk_team",
  CASE WHEN TRIM(BOTH ' ' FROM "site") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("site", '\') OR CONTAINS("site", '|') THEN REPLACE(REPLACE("site", '\', '\\'), '|', '\|') ELSE "site" END))))::UUID END AS "hk_site",
  UNHEX(MD5(CONCAT_WS('|', CAST("staff_no" AS VARCHAR), COALESCE(CAST("boss" AS VARCHAR), '\N'))))::UUID AS "hk_l_bosses",
  CASE WHEN "old_no" IS NOT NULL THEN UNHEX(MD5(CONCAT_WS('|', CAST("staff_no" AS VARCHAR), CAST("old_no" AS VARCHAR))))::UUID END AS "hk_l_same_person",
  CASE WHEN "boss" IS NOT NULL AND TRIM(BOTH ' ' FROM "team") <> '' AND TRIM(BOTH ' ' FROM "site") <> '' THEN UNHEX(MD5(CONCAT_WS('|', CAST("staff_no" AS VARCHAR), CAST("boss" AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("team", '\') OR CONTAINS("team", '|') THEN REPLACE(REPLACE("team", '\', '\\'), '|', '\|') ELSE "team" END)), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("site", '\') OR CONTAINS("site", '|') THEN REPLACE(REPLACE("site", '\', '\\'), '|', '\|') ELSE "site" END)))))::UUID END AS "hk_l_work"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_staff") + 1 AS "row_no",
    raw."staff_no" AS "staff_no text",
    TRY_CAST(raw."staff_no" AS INTEGER) AS "staff_no",
    raw."boss" AS "boss text",
    TRY_CAST(raw."boss" AS INTEGER) AS "boss",
    raw."old_no" AS "old_no text",
    TRY_CAST(raw."old_no" AS INTEGER) AS "old_no",
    raw."team" AS "team",
    raw."site" AS "site"
  FROM "raw_staff" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    CASE WHEN CAST("staff_no" AS VARCHAR) = "staff_no text" THEN TRUE WHEN "staff_no" IS NOT NULL THEN REGEXP_FULL_MATCH("staff_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE FALSE END AS "staff_no fits",
    CASE WHEN CAST("boss" AS VARCHAR) = "boss text" THEN TRUE WHEN "boss" IS NOT NULL THEN REGEXP_FULL_MATCH("boss text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "boss text" IS NULL END AS "boss fits",
    CASE WHEN CAST("old_no" AS VARCHAR) = "old_no text" THEN TRUE WHEN "old_no" IS NOT NULL THEN REGEXP_FULL_MATCH("old_no text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "old_no text" IS NULL END AS "old_no fits",
    "team" IS NULL OR LENGTH("team") <= 20 AS "team fits",
    "site" IS NULL OR LENGTH("site") <= 20 AS "site fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "staff_no fits" THEN 'staff_no'
    WHEN NOT "boss fits" THEN 'boss'
    WHEN NOT "old_no fits" THEN 'old_no'
    WHEN NOT "team fits" THEN 'team'
    WHEN NOT "site fits" THEN 'site'
  END AS "column_name",
  CASE
    WHEN "staff_no text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "staff_no fits" THEN 'not an integer'
    WHEN NOT "boss fits" THEN 'not an integer'
    WHEN NOT "old_no fits" THEN 'not an integer'
    WHEN NOT "team fits" THEN 'longer than 20 characters'
    WHEN NOT "site fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("staff_no fits"
  AND "boss fits"
  AND "old_no fits"
  AND "team fits"
  AND "site fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."staff_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."staff"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."staff"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
