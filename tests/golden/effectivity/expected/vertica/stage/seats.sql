-- stage seats: rendered by dv-gen from metadata/orders.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."seats" CASCADE;

CREATE TABLE "stage"."seats" (
  "office" VARCHAR(36),
  "person" INTEGER,
  "seat" INTEGER,
  "sure" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_office" VARBINARY(16),
  "hk_person_no_sitter" VARBINARY(16),
  "hk_seat_no" VARBINARY(16),
  "hk_l_seats" VARBINARY(16)
)
ORDER BY "hk_office"
SEGMENTED BY HASH("hk_office") ALL NODES;

DROP TABLE IF EXISTS "stage"."seats_repeats" CASCADE;

CREATE TABLE "stage"."seats_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_seats";

CREATE LOCAL TEMPORARY TABLE "raw_seats" (
  "row_no" INTEGER NOT NULL,
  "office" VARCHAR(40),
  "person" VARCHAR(404),
  "seat" VARCHAR(404),
  "sure" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:seats')*/ "raw_seats" (
  "row_no",
  "office",
  "person",
  "seat",
  "sure"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_seats_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:seats')*/ INTO "stage"."seats" (
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
SELECT
  "office",
  "person",
  "seat",
  "sure",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST('facility' AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "office") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("office", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_office",
  CASE WHEN "person" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("person" AS VARCHAR(11)))) END AS "hk_person_no_sitter",
  CASE WHEN "seat" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("seat" AS VARCHAR(11)))) END AS "hk_seat_no",
  CASE WHEN "seat" IS NOT NULL AND "person" IS NOT NULL AND TRIM(BOTH ' ' FROM "office") <> '' THEN HEX_TO_BINARY(MD5(CAST("seat" AS VARCHAR(11)) || '|' || CAST("person" AS VARCHAR(11)) || '|' || REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("office", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_l_seats"
FROM (
  SELECT
    "office",
    "person",
    "seat",
    "sure",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "office" IS NULL OR CHARACTER_LENGTH("office") <= 9 AS "office fits",
      "person text" IS NULL OR "person" IS NOT NULL AND "person" BETWEEN -2147483648 AND 2147483647 AND (CAST("person" AS VARCHAR(11)) = "person text" OR REGEXP_LIKE("person text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person fits",
      "seat text" IS NULL OR "seat" IS NOT NULL AND "seat" BETWEEN -2147483648 AND 2147483647 AND (CAST("seat" AS VARCHAR(11)) = "seat text" OR REGEXP_LIKE("seat text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "seat fits",
      "sure text" IS NULL OR "sure" IS NOT NULL AND "sure" BETWEEN -32768 AND 32767 AND (CAST("sure" AS VARCHAR(6)) = "sure text" OR REGEXP_LIKE("sure text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "sure fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."office", 2) AS "office",
        SUBSTR(raw."person", 2) AS "person text",
        SUBSTR(raw."person", 2)::!INTEGER AS "person",
        SUBSTR(raw."seat", 2) AS "seat text",
        SUBSTR(raw."seat", 2)::!INTEGER AS "seat",
        SUBSTR(raw."sure", 2) AS "sure text",
        SUBSTR(raw."sure", 2)::!INTEGER AS "sure"
      FROM "raw_seats" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "office fits"
    AND "person fits"
    AND "seat fits"
    AND "sure fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."office", 2) AS "office",
    SUBSTR(raw."person", 2) AS "person text",
    SUBSTR(raw."person", 2)::!INTEGER AS "person",
    SUBSTR(raw."seat", 2) AS "seat text",
    SUBSTR(raw."seat", 2)::!INTEGER AS "seat",
    SUBSTR(raw."sure", 2) AS "sure text",
    SUBSTR(raw."sure", 2)::!INTEGER AS "sure"
  FROM "raw_seats" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "office" IS NULL OR CHARACTER_LENGTH("office") <= 9 AS "office fits",
    "person text" IS NULL OR "person" IS NOT NULL AND "person" BETWEEN -2147483648 AND 2147483647 AND (CAST("person" AS VARCHAR(11)) = "person text" OR REGEXP_LIKE("person text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person fits",
    "seat text" IS NULL OR "seat" IS NOT NULL AND "seat" BETWEEN -2147483648 AND 2147483647 AND (CAST("seat" AS VARCHAR(11)) = "seat text" OR REGEXP_LIKE("seat text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "seat fits",
    "sure text" IS NULL OR "sure" IS NOT NULL AND "sure" BETWEEN -32768 AND 32767 AND (CAST("sure" AS VARCHAR(6)) = "sure text" OR REGEXP_LIKE("sure text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "sure fits"
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
INSERT /*+LABEL('dv_gen:seats')*/ INTO "stage"."seats_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."seats"
WHERE "hk_office" IN (
  SELECT "hk_office"
  FROM "stage"."seats"
  GROUP BY "hk_office"
  HAVING COUNT(*) > 1
);
