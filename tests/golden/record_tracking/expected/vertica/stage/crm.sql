-- stage crm: rendered by dv-gen from metadata/customers.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."crm" CASCADE;

CREATE TABLE "stage"."crm" (
  "client" INTEGER,
  "score" DECIMAL(10, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_customer_id" VARBINARY(16),
  "hashdiff_s_crm" VARBINARY(16) NOT NULL
)
ORDER BY "hk_customer_id"
SEGMENTED BY HASH("hk_customer_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."crm_repeats" CASCADE;

CREATE TABLE "stage"."crm_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_crm";

CREATE LOCAL TEMPORARY TABLE "raw_crm" (
  "row_no" INTEGER NOT NULL,
  "client" VARCHAR(404),
  "score" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:crm')*/ "raw_crm" (
  "row_no",
  "client",
  "score"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_crm_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:crm')*/ INTO "stage"."crm" (
  "client",
  "score",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_id",
  "hashdiff_s_crm"
)
SELECT
  "client",
  "score",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "client" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("client" AS VARCHAR(11)))) END AS "hk_customer_id",
  HEX_TO_BINARY(MD5(COALESCE('score=' || RTRIM(RTRIM(CAST("score" AS VARCHAR(12)), '0'), '.'), ''))) AS "hashdiff_s_crm"
FROM (
  SELECT
    "client",
    "score",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "client text" IS NULL OR "client" IS NOT NULL AND "client" BETWEEN -2147483648 AND 2147483647 AND (CAST("client" AS VARCHAR(11)) = "client text" OR REGEXP_LIKE("client text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "client fits",
      "score text" IS NULL OR "score" IS NOT NULL AND (CAST("score" AS VARCHAR(12)) = "score text" OR REGEXP_LIKE("score text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "score fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."client", 2) AS "client text",
        SUBSTR(raw."client", 2)::!INTEGER AS "client",
        SUBSTR(raw."score", 2) AS "score text",
        SUBSTR(raw."score", 2)::!DECIMAL(10, 2) AS "score"
      FROM "raw_crm" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "client fits"
    AND "score fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."client", 2) AS "client text",
    SUBSTR(raw."client", 2)::!INTEGER AS "client",
    SUBSTR(raw."score", 2) AS "score text",
    SUBSTR(raw."score", 2)::!DECIMAL(10, 2) AS "score"
  FROM "raw_crm" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "client text" IS NULL OR "client" IS NOT NULL AND "client" BETWEEN -2147483648 AND 2147483647 AND (CAST("client" AS VARCHAR(11)) = "client text" OR REGEXP_LIKE("client text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "client fits",
    "score text" IS NULL OR "score" IS NOT NULL AND (CAST("score" AS VARCHAR(12)) = "score text" OR REGEXP_LIKE("score text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "score fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "client fits" THEN 'client'
    WHEN NOT "score fits" THEN 'score'
  END AS "column_name",
  CASE
    WHEN NOT "client fits" THEN 'not an integer'
    WHEN NOT "score fits" THEN 'not a decimal(10,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("client fits"
  AND "score fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:crm')*/ INTO "stage"."crm_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."crm"
WHERE "hk_customer_id" IN (
  SELECT "hk_customer_id"
  FROM "stage"."crm"
  GROUP BY "hk_customer_id"
  HAVING COUNT(*) > 1
);
