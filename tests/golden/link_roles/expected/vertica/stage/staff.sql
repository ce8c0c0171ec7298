-- stage staff: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."staff" CASCADE;

CREATE TABLE "stage"."staff" (
  "staff_no" INTEGER NOT NULL,
  "boss" INTEGER,
  "old_no" INTEGER,
  "team" VARCHAR(80),
  "site" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_person_no" VARBINARY(16) NOT NULL,
  "hk_person_no_boss" VARBINARY(16),
  "hk_person_no_before" VARBINARY(16),
  "hk_team" VARBINARY(16),
  "hk_site" VARBINARY(16),
  "hk_l_bosses" VARBINARY(16) NOT NULL,
  "hk_l_same_person" VARBINARY(16),
  "hk_l_work" VARBINARY(16)
)
ORDER BY "hk_person_no"
SEGMENTED BY HASH("hk_person_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."staff_repeats" CASCADE;

CREATE TABLE "stage"."staff_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_staff";

CREATE LOCAL TEMPORARY TABLE "raw_staff" (
  "row_no" INTEGER NOT NULL,
  "staff_no" VARCHAR(404),
  "boss" VARCHAR(404),
  "old_no" VARCHAR(404),
  "team" VARCHAR(84),
  "site" VARCHAR(84)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:staff')*/ "raw_staff" (
  "row_no",
  "staff_no",
  "boss",
  "old_no",
  "team",
  "site"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_staff_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:staff')*/ INTO "stage"."staff" (
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
SELECT
  "staff_no",
  "boss",
  "old_no",
  "team",
  "site",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("staff_no" AS VARCHAR(11)))) AS "hk_person_no",
  CASE WHEN "boss" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("boss" AS VARCHAR(11)))) END AS "hk_person_no_boss",
  CASE WHEN "old_no" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("old_no" AS VARCHAR(11)))) END AS "hk_person_no_before",
  CASE WHEN TRIM(BOTH ' ' FROM "team") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("team", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_team",
  CASE WHEN TRIM(BOTH ' ' FROM "site") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("site", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_site",
  HEX_TO_BINARY(MD5(CAST("staff_no" AS VARCHAR(11)) || '|' || COALESCE(CAST("boss" AS VARCHAR(11)), '\N'))) AS "hk_l_bosses",
  CASE WHEN "old_no" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("staff_no" AS VARCHAR(11)) || '|' || CAST("old_no" AS VARCHAR(11)))) END AS "hk_l_same_person",
  CASE WHEN "boss" IS NOT NULL AND TRIM(BOTH ' ' FROM "team") <> '' AND TRIM(BOTH ' ' FROM "site") <> '' THEN HEX_TO_BINARY(MD5(CAST("staff_no" AS VARCHAR(11)) || '|' || CAST("boss" AS VARCHAR(11)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("team", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("site", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_l_work"
FROM (
  SELECT
    "staff_no",
    "boss",
    "old_no",
    "team",
    "site",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "staff_no text" IS NOT NULL AND "staff_no" IS NOT NULL AND "staff_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("staff_no" AS VARCHAR(11)) = "staff_no text" OR REGEXP_LIKE("staff_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "staff_no fits",
      "boss text" IS NULL OR "boss" IS NOT NULL AND "boss" BETWEEN -2147483648 AND 2147483647 AND (CAST("boss" AS VARCHAR(11)) = "boss text" OR REGEXP_LIKE("boss text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "boss fits",
      "old_no text" IS NULL OR "old_no" IS NOT NULL AND "old_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("old_no" AS VARCHAR(11)) = "old_no text" OR REGEXP_LIKE("old_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "old_no fits",
      "team" IS NULL OR CHARACTER_LENGTH("team") <= 20 AS "team fits",
      "site" IS NULL OR CHARACTER_LENGTH("site") <= 20 AS "site fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."staff_no", 2) AS "staff_no text",
        SUBSTR(raw."staff_no", 2)::!INTEGER AS "staff_no",
        SUBSTR(raw."boss", 2) AS "boss text",
        SUBSTR(raw."boss", 2)::!INTEGER AS "boss",
        SUBSTR(raw."old_no", 2) AS "old_no text",
        SUBSTR(raw."old_no", 2)::!INTEGER AS "old_no",
        SUBSTR(raw."team", 2) AS "team",
        SUBSTR(raw."site", 2) AS "site"
      FROM "raw_staff" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "staff_no fits"
    AND "boss fits"
    AND "old_no fits"
    AND "team fits"
    AND "site fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."staff_no", 2) AS "staff_no text",
    SUBSTR(raw."staff_no", 2)::!INTEGER AS "staff_no",
    SUBSTR(raw."boss", 2) AS "boss text",
    SUBSTR(raw."boss", 2)::!INTEGER AS "boss",
    SUBSTR(raw."old_no", 2) AS "old_no text",
    SUBSTR(raw."old_no", 2)::!INTEGER AS "old_no",
    SUBSTR(raw."team", 2) AS "team",
    SUBSTR(raw."site", 2) AS "site"
  FROM "raw_staff" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "staff_no text" IS NOT NULL AND "staff_no" IS NOT NULL AND "staff_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("staff_no" AS VARCHAR(11)) = "staff_no text" OR REGEXP_LIKE("staff_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "staff_no fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND "boss" BETWEEN -2147483648 AND 2147483647 AND (CAST("boss" AS VARCHAR(11)) = "boss text" OR REGEXP_LIKE("boss text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "boss fits",
    "old_no text" IS NULL OR "old_no" IS NOT NULL AND "old_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("old_no" AS VARCHAR(11)) = "old_no text" OR REGEXP_LIKE("old_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "old_no fits",
    "team" IS NULL OR CHARACTER_LENGTH("team") <= 20 AS "team fits",
    "site" IS NULL OR CHARACTER_LENGTH("site") <= 20 AS "site fits"
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
INSERT /*+LABEL('dv_gen:staff')*/ INTO "stage"."staff_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."staff"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."staff"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
