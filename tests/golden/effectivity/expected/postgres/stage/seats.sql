-- stage seats: rendered by dv-gen from metadata/orders.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."seats";

CREATE TABLE "stage"."seats" (
  "office" VARCHAR(9) COLLATE "C",
  "person" INTEGER,
  "seat" INTEGER,
  "sure" SMALLINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
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
DROP TABLE IF EXISTS pg_temp."raw_seats";

CREATE TEMPORARY TABLE "raw_seats" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "office" TEXT COLLATE "C",
  "person" TEXT COLLATE "C",
  "seat" TEXT COLLATE "C",
  "sure" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_seats";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_seats" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
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
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_seats") + 1 AS "row_no",
    raw."office" AS "office",
    raw."person" AS "person text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person", 'integer') THEN CAST(raw."person" AS INTEGER) END AS "person",
    raw."seat" AS "seat text",
    CASE WHEN PG_INPUT_IS_VALID(raw."seat", 'integer') THEN CAST(raw."seat" AS INTEGER) END AS "seat",
    raw."sure" AS "sure text",
    CASE WHEN PG_INPUT_IS_VALID(raw."sure", 'smallint') THEN CAST(raw."sure" AS SMALLINT) END AS "sure"
  FROM "raw_seats" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "office" IS NULL OR LENGTH("office") <= 9 AS "office fits",
    "person text" IS NULL OR "person" IS NOT NULL AND (CAST("person" AS TEXT) = "person text" OR "person text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person fits",
    "seat text" IS NULL OR "seat" IS NOT NULL AND (CAST("seat" AS TEXT) = "seat text" OR "seat text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "seat fits",
    "sure text" IS NULL OR "sure" IS NOT NULL AND (CAST("sure" AS TEXT) = "sure text" OR "sure text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "sure fits"
  FROM "typed" AS typed
  OFFSET 0
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
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST('facility' AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "office") <> '' THEN MD5((REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("office", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_office",
  CASE WHEN "person" IS NOT NULL THEN MD5(CAST("person" AS TEXT))::UUID END AS "hk_person_no_sitter",
  CASE WHEN "seat" IS NOT NULL THEN MD5(CAST("seat" AS TEXT))::UUID END AS "hk_seat_no",
  CASE WHEN "seat" IS NOT NULL AND "person" IS NOT NULL AND TRIM(BOTH ' ' FROM "office") <> '' THEN MD5(CAST("seat" AS TEXT) || '|' || CAST("person" AS TEXT) || '|' || (REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("office", '\', '\\'), '|', '\|')) COLLATE "pg_c_utf8"), 'ß', 'ẞ') COLLATE "C"))::UUID END AS "hk_l_seats"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_seats") + 1 AS "row_no",
    raw."office" AS "office",
    raw."person" AS "person text",
    CASE WHEN PG_INPUT_IS_VALID(raw."person", 'integer') THEN CAST(raw."person" AS INTEGER) END AS "person",
    raw."seat" AS "seat text",
    CASE WHEN PG_INPUT_IS_VALID(raw."seat", 'integer') THEN CAST(raw."seat" AS INTEGER) END AS "seat",
    raw."sure" AS "sure text",
    CASE WHEN PG_INPUT_IS_VALID(raw."sure", 'smallint') THEN CAST(raw."sure" AS SMALLINT) END AS "sure"
  FROM "raw_seats" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "office" IS NULL OR LENGTH("office") <= 9 AS "office fits",
    "person text" IS NULL OR "person" IS NOT NULL AND (CAST("person" AS TEXT) = "person text" OR "person text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "person fits",
    "seat text" IS NULL OR "seat" IS NOT NULL AND (CAST("seat" AS TEXT) = "seat text" OR "seat text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "seat fits",
    "sure text" IS NULL OR "sure" IS NOT NULL AND (CAST("sure" AS TEXT) = "sure text" OR "sure text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "sure fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."seats" ("load_dt", "hk_office", "hk_person_no_sitter", "hk_seat_no", "hk_l_seats");

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
