-- stage contracts: rendered by dv-gen from metadata/orders.yml:14.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."contracts" CASCADE;

CREATE TABLE "stage"."contracts" (
  "customer" VARCHAR(80) NOT NULL,
  "person" INTEGER NOT NULL,
  "valid_from" DATE NOT NULL,
  "valid_to" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_customer_no" VARBINARY(16),
  "hk_person_no" VARBINARY(16) NOT NULL,
  "hk_l_contracts" VARBINARY(16)
)
ORDER BY "hk_customer_no"
SEGMENTED BY HASH("hk_customer_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."contracts_repeats" CASCADE;

CREATE TABLE "stage"."contracts_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_contracts";

CREATE LOCAL TEMPORARY TABLE "raw_contracts" (
  "row_no" INTEGER NOT NULL,
  "customer" VARCHAR(84),
  "person" VARCHAR(404),
  "valid_from" VARCHAR(404),
  "valid_to" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:contracts')*/ "raw_contracts" (
  "row_no",
  "customer",
  "person",
  "valid_from",
  "valid_to"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_contracts_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:contracts')*/ INTO "stage"."contracts" (
  "customer",
  "person",
  "valid_from",
  "valid_to",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_no",
  "hk_person_no",
  "hk_l_contracts"
)
SELECT
  "customer",
  "person",
  "valid_from",
  "valid_to",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_customer_no",
  HEX_TO_BINARY(MD5(CAST("person" AS VARCHAR(11)))) AS "hk_person_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer", '\', '\\'), '|', '\|'))), 'ß', 'ẞ') || '|' || CAST("person" AS VARCHAR(11)))) END AS "hk_l_contracts"
FROM (
  SELECT
    "customer",
    "person",
    "valid_from",
    "valid_to",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "customer" IS NOT NULL AND CHARACTER_LENGTH("customer") <= 20 AS "customer fits",
      "person text" IS NOT NULL AND "person" IS NOT NULL AND "person" BETWEEN -2147483648 AND 2147483647 AND (CAST("person" AS VARCHAR(11)) = "person text" OR REGEXP_LIKE("person text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person fits",
      "valid_from text" IS NOT NULL AND "valid_from" IS NOT NULL AND "valid_from" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("valid_from" AS VARCHAR(10)) = "valid_from text" OR REGEXP_LIKE("valid_from text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "valid_from fits",
      "valid_to text" IS NULL OR "valid_to" IS NOT NULL AND "valid_to" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("valid_to" AS VARCHAR(26)) = "valid_to text" OR REGEXP_LIKE("valid_to text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "valid_to fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."customer", 2) AS "customer",
        SUBSTR(raw."person", 2) AS "person text",
        SUBSTR(raw."person", 2)::!INTEGER AS "person",
        SUBSTR(raw."valid_from", 2) AS "valid_from text",
        SUBSTR(raw."valid_from", 2)::!DATE AS "valid_from",
        SUBSTR(raw."valid_to", 2) AS "valid_to text",
        SUBSTR(raw."valid_to", 2)::!TIMESTAMP AS "valid_to"
      FROM "raw_contracts" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "customer fits"
    AND "person fits"
    AND "valid_from fits"
    AND "valid_to fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."customer", 2) AS "customer",
    SUBSTR(raw."person", 2) AS "person text",
    SUBSTR(raw."person", 2)::!INTEGER AS "person",
    SUBSTR(raw."valid_from", 2) AS "valid_from text",
    SUBSTR(raw."valid_from", 2)::!DATE AS "valid_from",
    SUBSTR(raw."valid_to", 2) AS "valid_to text",
    SUBSTR(raw."valid_to", 2)::!TIMESTAMP AS "valid_to"
  FROM "raw_contracts" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer" IS NOT NULL AND CHARACTER_LENGTH("customer") <= 20 AS "customer fits",
    "person text" IS NOT NULL AND "person" IS NOT NULL AND "person" BETWEEN -2147483648 AND 2147483647 AND (CAST("person" AS VARCHAR(11)) = "person text" OR REGEXP_LIKE("person text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "person fits",
    "valid_from text" IS NOT NULL AND "valid_from" IS NOT NULL AND "valid_from" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("valid_from" AS VARCHAR(10)) = "valid_from text" OR REGEXP_LIKE("valid_from text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "valid_from fits",
    "valid_to text" IS NULL OR "valid_to" IS NOT NULL AND "valid_to" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("valid_to" AS VARCHAR(26)) = "valid_to text" OR REGEXP_LIKE("valid_to text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "valid_to fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer fits" THEN 'customer'
    WHEN NOT "person fits" THEN 'person'
    WHEN NOT "valid_from fits" THEN 'valid_from'
    WHEN NOT "valid_to fits" THEN 'valid_to'
  END AS "column_name",
  CASE
    WHEN "customer" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "customer fits" THEN 'longer than 20 characters'
    WHEN "person text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "person fits" THEN 'not an integer'
    WHEN "valid_from text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "valid_from fits" THEN 'not a date'
    WHEN NOT "valid_to fits" THEN 'not a timestamp'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer fits"
  AND "person fits"
  AND "valid_from fits"
  AND "valid_to fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:contracts')*/ INTO "stage"."contracts_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."contracts"
WHERE "hk_customer_no" IN (
  SELECT "hk_customer_no"
  FROM "stage"."contracts"
  GROUP BY "hk_customer_no"
  HAVING COUNT(*) > 1
);
