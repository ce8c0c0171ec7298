-- stage contracts: rendered by dv-gen from metadata/model.yml:13.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."contracts" CASCADE;

CREATE TABLE "stage"."contracts" (
  "ORDER_ID" VARCHAR(40),
  "CUSTOMER_ID" VARCHAR(40),
  "SIGNED" DATE NOT NULL,
  "ENDED" TIMESTAMP,
  "CHANNEL" VARCHAR(40),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "CUSTOMER_HK" CHAR(32),
  "ORDER_HK" CHAR(32),
  "CONTRACT_HK" CHAR(32)
)
ORDER BY "ORDER_HK"
SEGMENTED BY HASH("ORDER_HK") ALL NODES;

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
  "ORDER_ID" VARCHAR(44),
  "CUSTOMER_ID" VARCHAR(44),
  "SIGNED" VARCHAR(404),
  "ENDED" VARCHAR(404),
  "CHANNEL" VARCHAR(44)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:contracts')*/ "raw_contracts" (
  "row_no",
  "ORDER_ID",
  "CUSTOMER_ID",
  "SIGNED",
  "ENDED",
  "CHANNEL"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_contracts_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:contracts')*/ INTO "stage"."contracts" (
  "ORDER_ID",
  "CUSTOMER_ID",
  "SIGNED",
  "ENDED",
  "CHANNEL",
  "LOAD_DATE",
  "RECORD_SOURCE",
  "row_no",
  "CUSTOMER_HK",
  "ORDER_HK",
  "CONTRACT_HK"
)
SELECT
  "ORDER_ID",
  "CUSTOMER_ID",
  "SIGNED",
  "ENDED",
  "CHANNEL",
  CAST(:load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST(:load_src AS VARCHAR(1020)) AS "RECORD_SOURCE",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), 'ß', 'ẞ'), ''))) AS "ORDER_HK",
  CASE WHEN NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), '') IS NOT NULL AND NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), 'ß', 'ẞ'), '') IS NOT NULL THEN UPPER(MD5(NULLIF(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), 'ß', 'ẞ'), ''), '^^'), '^^||^^'))) END AS "CONTRACT_HK"
FROM (
  SELECT
    "ORDER_ID",
    "CUSTOMER_ID",
    "SIGNED",
    "ENDED",
    "CHANNEL",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "ORDER_ID" IS NULL OR CHARACTER_LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
      "CUSTOMER_ID" IS NULL OR CHARACTER_LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
      "SIGNED text" IS NOT NULL AND "SIGNED" IS NOT NULL AND "SIGNED" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("SIGNED" AS VARCHAR(10)) = "SIGNED text" OR REGEXP_LIKE("SIGNED text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "SIGNED fits",
      "ENDED text" IS NULL OR "ENDED" IS NOT NULL AND "ENDED" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("ENDED" AS VARCHAR(26)) = "ENDED text" OR REGEXP_LIKE("ENDED text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "ENDED fits",
      "CHANNEL" IS NULL OR CHARACTER_LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."ORDER_ID", 2) AS "ORDER_ID",
        SUBSTR(raw."CUSTOMER_ID", 2) AS "CUSTOMER_ID",
        SUBSTR(raw."SIGNED", 2) AS "SIGNED text",
        SUBSTR(raw."SIGNED", 2)::!DATE AS "SIGNED",
        SUBSTR(raw."ENDED", 2) AS "ENDED text",
        SUBSTR(raw."ENDED", 2)::!TIMESTAMP AS "ENDED",
        SUBSTR(raw."CHANNEL", 2) AS "CHANNEL"
      FROM "raw_contracts" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "ORDER_ID fits"
    AND "CUSTOMER_ID fits"
    AND "SIGNED fits"
    AND "ENDED fits"
    AND "CHANNEL fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."ORDER_ID", 2) AS "ORDER_ID",
    SUBSTR(raw."CUSTOMER_ID", 2) AS "CUSTOMER_ID",
    SUBSTR(raw."SIGNED", 2) AS "SIGNED text",
    SUBSTR(raw."SIGNED", 2)::!DATE AS "SIGNED",
    SUBSTR(raw."ENDED", 2) AS "ENDED text",
    SUBSTR(raw."ENDED", 2)::!TIMESTAMP AS "ENDED",
    SUBSTR(raw."CHANNEL", 2) AS "CHANNEL"
  FROM "raw_contracts" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID" IS NULL OR CHARACTER_LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR CHARACTER_LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    "SIGNED text" IS NOT NULL AND "SIGNED" IS NOT NULL AND "SIGNED" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("SIGNED" AS VARCHAR(10)) = "SIGNED text" OR REGEXP_LIKE("SIGNED text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "SIGNED fits",
    "ENDED text" IS NULL OR "ENDED" IS NOT NULL AND "ENDED" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("ENDED" AS VARCHAR(26)) = "ENDED text" OR REGEXP_LIKE("ENDED text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "ENDED fits",
    "CHANNEL" IS NULL OR CHARACTER_LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "ORDER_ID fits" THEN 'ORDER_ID'
    WHEN NOT "CUSTOMER_ID fits" THEN 'CUSTOMER_ID'
    WHEN NOT "SIGNED fits" THEN 'SIGNED'
    WHEN NOT "ENDED fits" THEN 'ENDED'
    WHEN NOT "CHANNEL fits" THEN 'CHANNEL'
  END AS "column_name",
  CASE
    WHEN NOT "ORDER_ID fits" THEN 'longer than 10 characters'
    WHEN NOT "CUSTOMER_ID fits" THEN 'longer than 10 characters'
    WHEN "SIGNED text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "SIGNED fits" THEN 'not a date'
    WHEN NOT "ENDED fits" THEN 'not a timestamp'
    WHEN NOT "CHANNEL fits" THEN 'longer than 10 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("ORDER_ID fits"
  AND "CUSTOMER_ID fits"
  AND "SIGNED fits"
  AND "ENDED fits"
  AND "CHANNEL fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:contracts')*/ INTO "stage"."contracts_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."contracts"
WHERE "ORDER_HK" IN (
  SELECT "ORDER_HK"
  FROM "stage"."contracts"
  GROUP BY "ORDER_HK"
  HAVING COUNT(*) > 1
);
