-- stage weights: rendered by dv-gen from metadata/weights.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."weights" CASCADE;

CREATE TABLE "stage"."weights" (
  "person_no" INTEGER,
  "weight" DOUBLE PRECISION,
  "unit" VARCHAR(20),
  "moment" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_person_no" VARBINARY(16)
)
ORDER BY "hk_person_no"
SEGMENTED BY HASH("hk_person_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."weights_repeats" CASCADE;

CREATE TABLE "stage"."weights_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_weights";

CREATE LOCAL TEMPORARY TABLE "raw_weights" (
  "row_no" INTEGER NOT NULL,
  "person_no" VARCHAR(404),
  "weight" VARCHAR(404),
  "unit" VARCHAR(24),
  "moment" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:weights')*/ "raw_weights" (
  "row_no",
  "person_no",
  "weight",
  "unit",
  "moment"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_weights_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:weights')*/ INTO "stage"."weights" (
  "person_no",
  "weight",
  "unit",
  "moment",
  "load_dt",
  "load_src",
  "row_no",
  "hk_person_no"
)
SELECT
  "person_no",
  "weight",
  "unit",
  "moment",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "person_no" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("person_no" AS VARCHAR(11)))) END AS "hk_person_no"
FROM (
  SELECT
    "person_no",
    "weight",
    "unit",
    "moment",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "person_no text" IS NULL OR "person_no" IS NOT NULL AND "person_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("person_no" AS VARCHAR(11)) = "person_no text" OR REGEXP_LIKE("person_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person_no fits",
      "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("weight text", '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("weight" <> 0 OR REGEXP_LIKE("weight text", '^([^1-9eE]*([eE].*)?)\z')) AS "weight fits",
      "unit" IS NULL OR CHARACTER_LENGTH("unit") <= 5 AS "unit fits",
      "moment text" IS NULL OR "moment" IS NOT NULL AND "moment" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("moment" AS VARCHAR(26)) = "moment text" OR REGEXP_LIKE("moment text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "moment fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."person_no", 2) AS "person_no text",
        SUBSTR(raw."person_no", 2)::!INTEGER AS "person_no",
        SUBSTR(raw."weight", 2) AS "weight text",
        SUBSTR(raw."weight", 2)::!DOUBLE PRECISION AS "weight",
        SUBSTR(raw."unit", 2) AS "unit",
        SUBSTR(raw."moment", 2) AS "moment text",
        SUBSTR(raw."moment", 2)::!TIMESTAMP AS "moment"
      FROM "raw_weights" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "person_no fits"
    AND "weight fits"
    AND "unit fits"
    AND "moment fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."person_no", 2) AS "person_no text",
    SUBSTR(raw."person_no", 2)::!INTEGER AS "person_no",
    SUBSTR(raw."weight", 2) AS "weight text",
    SUBSTR(raw."weight", 2)::!DOUBLE PRECISION AS "weight",
    SUBSTR(raw."unit", 2) AS "unit",
    SUBSTR(raw."moment", 2) AS "moment text",
    SUBSTR(raw."moment", 2)::!TIMESTAMP AS "moment"
  FROM "raw_weights" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "person_no text" IS NULL OR "person_no" IS NOT NULL AND "person_no" BETWEEN -2147483648 AND 2147483647 AND (CAST("person_no" AS VARCHAR(11)) = "person_no text" OR REGEXP_LIKE("person_no text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person_no fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("weight text", '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("weight" <> 0 OR REGEXP_LIKE("weight text", '^([^1-9eE]*([eE].*)?)\z')) AS "weight fits",
    "unit" IS NULL OR CHARACTER_LENGTH("unit") <= 5 AS "unit fits",
    "moment text" IS NULL OR "moment" IS NOT NULL AND "moment" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("moment" AS VARCHAR(26)) = "moment text" OR REGEXP_LIKE("moment text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "moment fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "person_no fits" THEN 'person_no'
    WHEN NOT "weight fits" THEN 'weight'
    WHEN NOT "unit fits" THEN 'unit'
    WHEN NOT "moment fits" THEN 'moment'
  END AS "column_name",
  CASE
    WHEN NOT "person_no fits" THEN 'not an integer'
    WHEN NOT "weight fits" THEN 'not a double'
    WHEN NOT "unit fits" THEN 'longer than 5 characters'
    WHEN NOT "moment fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("person_no fits"
  AND "weight fits"
  AND "unit fits"
  AND "moment fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:weights')*/ INTO "stage"."weights_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."weights"
WHERE "hk_person_no" IN (
  SELECT "hk_person_no"
  FROM "stage"."weights"
  GROUP BY "hk_person_no"
  HAVING COUNT(*) > 1
);
