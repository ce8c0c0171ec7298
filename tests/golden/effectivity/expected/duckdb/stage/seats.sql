-- stage seats: rendered by dv-gen from metadata/orders.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."seats";

CREATE TABLE "stage"."seats" (
  "office" VARCHAR(9),
  "person" INTEGER,
  "seat" INTEGER,
  "sure" SMALLINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_office" UUID,
  "hk_person_no_sitter" UUID,
  "hk_seat_no" UUID,
  "hk_l_seats" UUID
);

DROP TABLE IF EXISTS "stage"."seats_repeats";

CREATE TABLE "stage"."seats_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_seats";

CREATE TEMPORARY TABLE "raw_seats" (
  "office" VARCHAR,
  "person" VARCHAR,
  "seat" VARCHAR,
  "sure" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_seats" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'office',
  'person',
  'seat',
  'sure'
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
INSERT INTO "stage"."seats" (
  "office",
  "person",
  "seat",
  "sure",
  "load_dt",
  "load_src",
  "row_no",
  "hk_office",
  "hk_person_no_sitter",
  "hk_seat_no",
  "hk_l_seats"
)
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_seats") + 1 AS "row_no",
    raw."office" AS "office",
    raw."person" AS "person text",
    TRY_CAST(raw."person" AS INTEGER) AS "person",
    raw."seat" AS "seat text",
    TRY_CAST(raw."seat" AS INTEGER) AS "seat",
    raw."sure" AS "sure text",
    TRY_CAST(raw."sure" AS SMALLINT) AS "sure"
  FROM "raw_seats" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "office" IS NULL OR LENGTH("office") <= 9 AS "office fits",
    CASE WHEN CAST("person" AS VARCHAR) = "person text" THEN TRUE WHEN "person" IS NOT NULL THEN REGEXP_FULL_MATCH("person text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "person text" IS NULL END AS "person fits",
    CASE WHEN CAST("seat" AS VARCHAR) = "seat text" THEN TRUE WHEN "seat" IS NOT NULL THEN REGEXP_FULL_MATCH("seat text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "seat text" IS NULL END AS "seat fits",
    CASE WHEN CAST("sure" AS VARCHAR) = "sure text" THEN TRUE WHEN "sure" IS NOT NULL THEN REGEXP_FULL_MATCH("sure text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "sure text" IS NULL END AS "sure fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "office",
    "person",
    "seat",
    "sure",
    "row_no"
  FROM "checked"
  WHERE "office fits"
    AND "person fits"
    AND "seat fits"
    AND "sure fits"
)
SELECT
  "office",
  "person",
  "seat",
  "sure",
  CAST($load_dt AS TIMESTAMP) AS "load_dt",
  CAST('facility' AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "office") <> '' THEN UNHEX(MD5(UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("office", '\') OR CONTAINS("office", '|') THEN REPLACE(REPLACE("office", '\', '\\'), '|', '\|') ELSE "office" END))))::UUID END AS "hk_office",
  CASE WHEN "person" IS NOT NULL THEN UNHEX(MD5(CAST("person" AS VARCHAR)))::UUID END AS "hk_person_no_sitter",
  CASE WHEN "seat" IS NOT NULL THEN UNHEX(MD5(CAST("seat" AS VARCHAR)))::UUID END AS "hk_seat_no",
  CASE WHEN "seat" IS NOT NULL AND "person" IS NOT NULL AND TRIM(BOTH ' ' FROM "office") <> '' THEN UNHEX(MD5(CONCAT_WS('|', CAST("seat" AS VARCHAR), CAST("person" AS VARCHAR), UPPER(TRIM(BOTH ' ' FROM CASE WHEN CONTAINS("office", '\') OR CONTAINS("office", '|') THEN REPLACE(REPLACE("office", '\', '\\'), '|', '\|') ELSE "office" END)))))::UUID END AS "hk_l_seats"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_seats") + 1 AS "row_no",
    raw."office" AS "office",
    raw."person" AS "person text",
    TRY_CAST(raw."person" AS INTEGER) AS "person",
    raw."seat" AS "seat text",
    TRY_CAST(raw."seat" AS INTEGER) AS "seat",
    raw."sure" AS "sure text",
    TRY_CAST(raw."sure" AS SMALLINT) AS "sure"
  FROM "raw_seats" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "office" IS NULL OR LENGTH("office") <= 9 AS "office fits",
    CASE WHEN CAST("person" AS VARCHAR) = "person text" THEN TRUE WHEN "person" IS NOT NULL THEN REGEXP_FULL_MATCH("person text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "person text" IS NULL END AS "person fits",
    CASE WHEN CAST("seat" AS VARCHAR) = "seat text" THEN TRUE WHEN "seat" IS NOT NULL THEN REGEXP_FULL_MATCH("seat text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "seat text" IS NULL END AS "seat fits",
    CASE WHEN CAST("sure" AS VARCHAR) = "sure text" THEN TRUE WHEN "sure" IS NOT NULL THEN REGEXP_FULL_MATCH("sure text", '[ ]*[+-]?[0-9]+[ ]*') ELSE "sure text" IS NULL END AS "sure fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "office fits" THEN 'office'
    WHEN NOT "person fits" THEN 'person'
    WHEN NOT "seat fits" THEN 'seat'
    WHEN NOT "sure fits" THEN 'sure'
  END AS "column_name",
  CASE
    WHEN NOT "office fits" THEN 'longer than 9 characters'
    WHEN NOT "person fits" THEN 'not an integer'
    WHEN NOT "seat fits" THEN 'not an integer'
    WHEN NOT "sure fits" THEN 'not a smallint'
  END AS "reason"
FROM "checked"
WHERE NOT ("office fits"
  AND "person fits"
  AND "seat fits"
  AND "sure fits")
ORDER BY "row_no";

-- Once a batch: the deliveries that the rows are of, and the record source where they have one.
SELECT
  "load_dt",
  CASE WHEN MIN("load_src") = MAX("load_src") THEN MIN("load_src") END AS "load_src"
FROM "stage"."seats"
GROUP BY "load_dt"
ORDER BY "load_dt";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."seats_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."seats"
WHERE "hk_office" IN (
  SELECT "hk_office"
  FROM "stage"."seats"
  GROUP BY "hk_office"
  HAVING COUNT(*) > 1
);
