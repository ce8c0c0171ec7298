-- stage crm: rendered by dv-gen from metadata/customers.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."crm" CASCADE;

CREATE TABLE "stage"."crm" (
  "customer_no" VARCHAR(80),
  "name" VARCHAR(200),
  "age" INTEGER,
  "seen_at" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_customer_no" VARBINARY(16),
  "hashdiff_s_last" VARBINARY(16) NOT NULL,
  "hashdiff_s_first" VARBINARY(16) NOT NULL,
  "hashdiff_s_all" VARBINARY(16) NOT NULL
)
ORDER BY "hk_customer_no"
SEGMENTED BY HASH("hk_customer_no") ALL NODES;

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
  "customer_no" VARCHAR(84),
  "name" VARCHAR(204),
  "age" VARCHAR(404),
  "seen_at" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:crm')*/ "raw_crm" (
  "row_no",
  "customer_no",
  "name",
  "age",
  "seen_at"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_crm_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:crm')*/ INTO "stage"."crm" (
  "customer_no",
  "name",
  "age",
  "seen_at",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_no",
  "hashdiff_s_last",
  "hashdiff_s_first",
  "hashdiff_s_all"
)
SELECT
  "customer_no",
  "name",
  "age",
  "seen_at",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer_no") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_customer_no",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|age=' || CAST("age" AS VARCHAR(6)), '')
    || COALESCE('|full_name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''),
    2
  ))) AS "hashdiff_s_last",
  HEX_TO_BINARY(MD5(COALESCE('name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_first",
  HEX_TO_BINARY(MD5(COALESCE('age=' || CAST("age" AS VARCHAR(6)), ''))) AS "hashdiff_s_all"
FROM (
  SELECT
    "customer_no",
    "name",
    "age",
    "seen_at",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "customer_no" IS NULL OR CHARACTER_LENGTH("customer_no") <= 20 AS "customer_no fits",
      "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
      "age text" IS NULL OR "age" IS NOT NULL AND "age" BETWEEN -32768 AND 32767 AND (CAST("age" AS VARCHAR(6)) = "age text" OR REGEXP_LIKE("age text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "age fits",
      "seen_at text" IS NULL OR "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen_at" AS VARCHAR(26)) = "seen_at text" OR REGEXP_LIKE("seen_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "seen_at fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."customer_no", 2) AS "customer_no",
        SUBSTR(raw."name", 2) AS "name",
        SUBSTR(raw."age", 2) AS "age text",
        SUBSTR(raw."age", 2)::!INTEGER AS "age",
        SUBSTR(raw."seen_at", 2) AS "seen_at text",
        SUBSTR(raw."seen_at", 2)::!TIMESTAMP AS "seen_at"
      FROM "raw_crm" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "customer_no fits"
    AND "name fits"
    AND "age fits"
    AND "seen_at fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."customer_no", 2) AS "customer_no",
    SUBSTR(raw."name", 2) AS "name",
    SUBSTR(raw."age", 2) AS "age text",
    SUBSTR(raw."age", 2)::!INTEGER AS "age",
    SUBSTR(raw."seen_at", 2) AS "seen_at text",
    SUBSTR(raw."seen_at", 2)::!TIMESTAMP AS "seen_at"
  FROM "raw_crm" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer_no" IS NULL OR CHARACTER_LENGTH("customer_no") <= 20 AS "customer_no fits",
    "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
    "age text" IS NULL OR "age" IS NOT NULL AND "age" BETWEEN -32768 AND 32767 AND (CAST("age" AS VARCHAR(6)) = "age text" OR REGEXP_LIKE("age text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "age fits",
    "seen_at text" IS NULL OR "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen_at" AS VARCHAR(26)) = "seen_at text" OR REGEXP_LIKE("seen_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "seen_at fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer_no fits" THEN 'customer_no'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "age fits" THEN 'age'
    WHEN NOT "seen_at fits" THEN 'seen_at'
  END AS "column_name",
  CASE
    WHEN NOT "customer_no fits" THEN 'longer than 20 characters'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "age fits" THEN 'not a smallint'
    WHEN NOT "seen_at fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer_no fits"
  AND "name fits"
  AND "age fits"
  AND "seen_at fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:crm')*/ INTO "stage"."crm_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."crm"
WHERE "hk_customer_no" IN (
  SELECT "hk_customer_no"
  FROM "stage"."crm"
  GROUP BY "hk_customer_no"
  HAVING COUNT(*) > 1
);
