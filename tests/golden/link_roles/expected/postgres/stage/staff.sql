-- stage staff: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."staff";

CREATE TABLE "stage"."staff" (
  "staff_no" INTEGER NOT NULL,
  "boss" INTEGER,
  "old_no" INTEGER,
  "team" VARCHAR(20) COLLATE "C",
  "site" VARCHAR(20) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_staff";

CREATE TEMPORARY TABLE "raw_staff" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "staff_no" TEXT COLLATE "C",
  "boss" TEXT COLLATE "C",
  "old_no" TEXT COLLATE "C",
  "team" TEXT COLLATE "C",
  "site" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_staff";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_staff" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_staff") + 1 AS "row_no",
    raw."staff_no" AS "staff_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."staff_no", 'integer') THEN CAST(raw."staff_no" AS INTEGER) END AS "staff_no",
    raw."boss" AS "boss text",
    CASE WHEN PG_INPUT_IS_VALID(raw."boss", 'integer') THEN CAST(raw."boss" AS INTEGER) END AS "boss",
    raw."old_no" AS "old_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."old_no", 'integer') THEN CAST(raw."old_no" AS INTEGER) END AS "old_no",
    raw."team" AS "team",
    raw."site" AS "site"
  FROM "raw_staff" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "staff_no text" IS NOT NULL AND "staff_no" IS NOT NULL AND (CAST("staff_no" AS TEXT) = "staff_no text" OR "staff_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "staff_no fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND (CAST("boss" AS TEXT) = "boss text" OR "boss text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "boss fits",
    "old_no text" IS NULL OR "old_no" IS NOT NULL AND (CAST("old_no" AS TEXT) = "old_no text" OR "old_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "old_no fits",
    "team" IS NULL OR LENGTH("team") <= 20 AS "team fits",
    "site" IS NULL OR LENGTH("site") <= 20 AS "site fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("staff_no" AS TEXT))::UUID AS "hk_person_no",
  CASE WHEN "boss" IS NOT NULL THEN MD5(CAST("boss" AS TEXT))::UUID END AS "hk_person_no_boss",
  CASE WHEN "old_no" IS NOT NULL THEN MD5(CAST("old_no" AS TEXT))::UUID END AS "hk_person_no_before",
  CASE WHEN TRIM(BOTH ' ' FROM "team") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("team", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_team",
  CASE WHEN TRIM(BOTH ' ' FROM "site") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("site", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_site",
  MD5(CAST("staff_no" AS TEXT) || '|' || COALESCE(CAST("boss" AS TEXT), '\N'))::UUID AS "hk_l_bosses",
  CASE WHEN "old_no" IS NOT NULL THEN MD5(CAST("staff_no" AS TEXT) || '|' || CAST("old_no" AS TEXT))::UUID END AS "hk_l_same_person",
  CASE WHEN "boss" IS NOT NULL AND TRIM(BOTH ' ' FROM "team") <> '' AND TRIM(BOTH ' ' FROM "site") <> '' THEN MD5(CAST("staff_no" AS TEXT) || '|' || CAST("boss" AS TEXT) || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("team", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C") || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("site", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_l_work"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_staff") + 1 AS "row_no",
    raw."staff_no" AS "staff_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."staff_no", 'integer') THEN CAST(raw."staff_no" AS INTEGER) END AS "staff_no",
    raw."boss" AS "boss text",
    CASE WHEN PG_INPUT_IS_VALID(raw."boss", 'integer') THEN CAST(raw."boss" AS INTEGER) END AS "boss",
    raw."old_no" AS "old_no text",
    CASE WHEN PG_INPUT_IS_VALID(raw."old_no", 'integer') THEN CAST(raw."old_no" AS INTEGER) END AS "old_no",
    raw."team" AS "team",
    raw."site" AS "site"
  FROM "raw_staff" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "staff_no text" IS NOT NULL AND "staff_no" IS NOT NULL AND (CAST("staff_no" AS TEXT) = "staff_no text" OR "staff_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "staff_no fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND (CAST("boss" AS TEXT) = "boss text" OR "boss text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "boss fits",
    "old_no text" IS NULL OR "old_no" IS NOT NULL AND (CAST("old_no" AS TEXT) = "old_no text" OR "old_no text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "old_no fits",
    "team" IS NULL OR LENGTH("team") <= 20 AS "team fits",
    "site" IS NULL OR LENGTH("site") <= 20 AS "site fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."staff" ("load_dt", "hk_person_no", "hk_person_no_boss", "hk_person_no_before", "hk_team", "hk_site", "hk_l_bosses", "hk_l_same_person", "hk_l_work");

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
