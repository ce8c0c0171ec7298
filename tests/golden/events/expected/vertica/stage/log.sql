-- stage log: rendered by dv-gen from metadata/log.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."log" CASCADE;

CREATE TABLE "stage"."log" (
  "user_id" INTEGER,
  "target_id" INTEGER NOT NULL,
  "at" TIMESTAMP NOT NULL,
  "what" VARCHAR(80),
  "weight" DOUBLE PRECISION,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_id" VARBINARY(16),
  "hk_user_id_target" VARBINARY(16) NOT NULL
)
ORDER BY "hk_user_id"
SEGMENTED BY HASH("hk_user_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."log_repeats" CASCADE;

CREATE TABLE "stage"."log_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_log";

CREATE LOCAL TEMPORARY TABLE "raw_log" (
  "row_no" INTEGER NOT NULL,
  "user_id" VARCHAR(404),
  "target_id" VARCHAR(404),
  "at" VARCHAR(404),
  "what" VARCHAR(84),
  "weight" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:log')*/ "raw_log" (
  "row_no",
  "user_id",
  "target_id",
  "at",
  "what",
  "weight"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_log_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:log')*/ INTO "stage"."log" (
  "user_id",
  "target_id",
  "at",
  "what",
  "weight",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_user_id_target"
)
SELECT
  "user_id",
  "target_id",
  "at",
  "what",
  "weight",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "user_id" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("user_id" AS VARCHAR(11)))) END AS "hk_user_id",
  HEX_TO_BINARY(MD5(CAST("target_id" AS VARCHAR(11)))) AS "hk_user_id_target"
FROM (
  SELECT
    "user_id",
    "target_id",
    "at",
    "what",
    "weight",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "user_id text" IS NULL OR "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
      "target_id text" IS NOT NULL AND "target_id" IS NOT NULL AND "target_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("target_id" AS VARCHAR(11)) = "target_id text" OR REGEXP_LIKE("target_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "target_id fits",
      "at text" IS NOT NULL AND "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS VARCHAR(26)) = "at text" OR REGEXP_LIKE("at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "at fits",
      "what" IS NULL OR CHARACTER_LENGTH("what") <= 20 AS "what fits",
      "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("weight text", '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("weight" <> 0 OR REGEXP_LIKE("weight text", '^([^1-9eE]*([eE].*)?)\z')) AS "weight fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."user_id", 2) AS "user_id text",
        SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
        SUBSTR(raw."target_id", 2) AS "target_id text",
        SUBSTR(raw."target_id", 2)::!INTEGER AS "target_id",
        SUBSTR(raw."at", 2) AS "at text",
        SUBSTR(raw."at", 2)::!TIMESTAMP AS "at",
        SUBSTR(raw."what", 2) AS "what",
        SUBSTR(raw."weight", 2) AS "weight text",
        SUBSTR(raw."weight", 2)::!DOUBLE PRECISION AS "weight"
      FROM "raw_log" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "user_id fits"
    AND "target_id fits"
    AND "at fits"
    AND "what fits"
    AND "weight fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."user_id", 2) AS "user_id text",
    SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
    SUBSTR(raw."target_id", 2) AS "target_id text",
    SUBSTR(raw."target_id", 2)::!INTEGER AS "target_id",
    SUBSTR(raw."at", 2) AS "at text",
    SUBSTR(raw."at", 2)::!TIMESTAMP AS "at",
    SUBSTR(raw."what", 2) AS "what",
    SUBSTR(raw."weight", 2) AS "weight text",
    SUBSTR(raw."weight", 2)::!DOUBLE PRECISION AS "weight"
  FROM "raw_log" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NULL OR "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
    "target_id text" IS NOT NULL AND "target_id" IS NOT NULL AND "target_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("target_id" AS VARCHAR(11)) = "target_id text" OR REGEXP_LIKE("target_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "target_id fits",
    "at text" IS NOT NULL AND "at" IS NOT NULL AND "at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("at" AS VARCHAR(26)) = "at text" OR REGEXP_LIKE("at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "at fits",
    "what" IS NULL OR CHARACTER_LENGTH("what") <= 20 AS "what fits",
    "weight text" IS NULL OR "weight" IS NOT NULL AND "weight" BETWEEN -1.7976931348623157e308 AND 1.7976931348623157e308 AND REGEXP_LIKE("weight text", '^([ ]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ ]*)\z') AND ("weight" <> 0 OR REGEXP_LIKE("weight text", '^([^1-9eE]*([eE].*)?)\z')) AS "weight fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "target_id fits" THEN 'target_id'
    WHEN NOT "at fits" THEN 'at'
    WHEN NOT "what fits" THEN 'what'
    WHEN NOT "weight fits" THEN 'weight'
  END AS "column_name",
  CASE
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN "target_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "target_id fits" THEN 'not an integer'
    WHEN "at text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "at fits" THEN 'not a timestamp'
    WHEN NOT "what fits" THEN 'longer than 20 characters'
    WHEN NOT "weight fits" THEN 'not a double'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "target_id fits"
  AND "at fits"
  AND "what fits"
  AND "weight fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:log')*/ INTO "stage"."log_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."log"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."log"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
