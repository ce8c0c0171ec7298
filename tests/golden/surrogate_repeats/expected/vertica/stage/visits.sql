-- stage visits: rendered by dv-gen from metadata/sales.yml:8.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."visits" CASCADE;

CREATE TABLE "stage"."visits" (
  "shop" INTEGER NOT NULL,
  "visitor" VARCHAR(80),
  "visit_id" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_visit_id" VARBINARY(16) NOT NULL
)
ORDER BY "hk_visit_id"
SEGMENTED BY HASH("hk_visit_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."visits_repeats" CASCADE;

CREATE TABLE "stage"."visits_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_visits";

CREATE LOCAL TEMPORARY TABLE "raw_visits" (
  "row_no" INTEGER NOT NULL,
  "shop" VARCHAR(404),
  "visitor" VARCHAR(84)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:visits')*/ "raw_visits" (
  "row_no",
  "shop",
  "visitor"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_visits_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:visits')*/ INTO "stage"."visits" (
  "shop",
  "visitor",
  "visit_id",
  "load_dt",
  "load_src",
  "row_no",
  "hk_visit_id"
)
SELECT
  "shop",
  "visitor",
  HEX_TO_BINARY("visit_id text") AS "visit_id",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5("visit_id text")) AS "hk_visit_id"
FROM (
  SELECT
    fitting.*,
    MD5(CAST("shop" AS VARCHAR(11)) || '|' || COALESCE(REPLACE(REPLACE("visitor", '\', '\\'), '|', '\|'), '\N')) AS "visit_id text"
  FROM (
    SELECT
      "shop",
      "visitor",
      "row_no"
    FROM (
      SELECT
        typed.*,
        "shop text" IS NOT NULL AND "shop" IS NOT NULL AND "shop" BETWEEN -2147483648 AND 2147483647 AND (CAST("shop" AS VARCHAR(11)) = "shop text" OR REGEXP_LIKE("shop text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "shop fits",
        "visitor" IS NULL OR CHARACTER_LENGTH("visitor") <= 20 AS "visitor fits"
      FROM (
        SELECT
          "row_no" AS "row_no",
          SUBSTR(raw."shop", 2) AS "shop text",
          SUBSTR(raw."shop", 2)::!INTEGER AS "shop",
          SUBSTR(raw."visitor", 2) AS "visitor"
        FROM "raw_visits" AS raw
      ) AS typed
    ) AS "checked"
    WHERE "shop fits"
      AND "visitor fits"
  ) AS fitting
) AS "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."shop", 2) AS "shop text",
    SUBSTR(raw."shop", 2)::!INTEGER AS "shop",
    SUBSTR(raw."visitor", 2) AS "visitor"
  FROM "raw_visits" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "shop text" IS NOT NULL AND "shop" IS NOT NULL AND "shop" BETWEEN -2147483648 AND 2147483647 AND (CAST("shop" AS VARCHAR(11)) = "shop text" OR REGEXP_LIKE("shop text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "shop fits",
    "visitor" IS NULL OR CHARACTER_LENGTH("visitor") <= 20 AS "visitor fits"
  FROM "typed" AS typed
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

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:visits')*/ INTO "stage"."visits_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."visits"
WHERE "hk_visit_id" IN (
  SELECT "hk_visit_id"
  FROM "stage"."visits"
  GROUP BY "hk_visit_id"
  HAVING COUNT(*) > 1
);
