-- stage contracts: rendered by dv-gen from metadata/model.yml:13.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."contracts";

CREATE TABLE "stage"."contracts" (
  "ORDER_ID" VARCHAR(10),
  "CUSTOMER_ID" VARCHAR(10),
  "SIGNED" DATE NOT NULL,
  "ENDED" TIMESTAMP,
  "CHANNEL" VARCHAR(10),
  "LOAD_DATE" TIMESTAMP NOT NULL,
  "RECORD_SOURCE" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "CUSTOMER_HK" CHAR(32),
  "ORDER_HK" CHAR(32),
  "CONTRACT_HK" CHAR(32)
);

DROP TABLE IF EXISTS "stage"."contracts_repeats";

CREATE TABLE "stage"."contracts_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_contracts";

CREATE TEMPORARY TABLE "raw_contracts" (
  "ORDER_ID" VARCHAR,
  "CUSTOMER_ID" VARCHAR,
  "SIGNED" VARCHAR,
  "ENDED" VARCHAR,
  "CHANNEL" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_contracts" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'ORDER_ID',
  'CUSTOMER_ID',
  'SIGNED',
  'ENDED',
  'CHANNEL'
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
INSERT INTO "stage"."contracts" (
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
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_contracts") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."SIGNED" AS "SIGNED text",
    TRY_CAST(raw."SIGNED" AS DATE) AS "SIGNED",
    raw."ENDED" AS "ENDED text",
    TRY_CAST(raw."ENDED" AS TIMESTAMP) AS "ENDED",
    raw."CHANNEL" AS "CHANNEL"
  FROM "raw_contracts" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID" IS NULL OR LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    CASE WHEN CAST("SIGNED" AS VARCHAR) = "SIGNED text" AND "SIGNED" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "SIGNED" IS NOT NULL AND "SIGNED" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("SIGNED text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "SIGNED fits",
    CASE WHEN CAST("ENDED" AS VARCHAR) = "ENDED text" AND "ENDED" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "ENDED" IS NOT NULL AND "ENDED" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("ENDED text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "ENDED text" IS NULL END AS "ENDED fits",
    "CHANNEL" IS NULL OR LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
  FROM "typed" AS typed
),
"fitting" AS (
  SELECT
    "ORDER_ID",
    "CUSTOMER_ID",
    "SIGNED",
    "ENDED",
    "CHANNEL",
    "row_no"
  FROM "checked"
  WHERE "ORDER_ID fits"
    AND "CUSTOMER_ID fits"
    AND "SIGNED fits"
    AND "ENDED fits"
    AND "CHANNEL fits"
)
SELECT
  "ORDER_ID",
  "CUSTOMER_ID",
  "SIGNED",
  "ENDED",
  "CHANNEL",
  CAST($load_dt AS TIMESTAMP) AS "LOAD_DATE",
  CAST($load_src AS VARCHAR(255)) AS "RECORD_SOURCE",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  UPPER(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''))) AS "CUSTOMER_HK",
  UPPER(MD5(NULLIF(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), ''))) AS "ORDER_HK",
  CASE WHEN NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), '') IS NOT NULL AND NULLIF(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), '') IS NOT NULL THEN UPPER(MD5(NULLIF(CONCAT_WS('||', COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "CUSTOMER_ID")), ''), '^^'), COALESCE(NULLIF(UPPER(TRIM(BOTH ' ' FROM "ORDER_ID")), ''), '^^')), '^^||^^'))) END AS "CONTRACT_HK"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_contracts") + 1 AS "row_no",
    raw."ORDER_ID" AS "ORDER_ID",
    raw."CUSTOMER_ID" AS "CUSTOMER_ID",
    raw."SIGNED" AS "SIGNED text",
    TRY_CAST(raw."SIGNED" AS DATE) AS "SIGNED",
    raw."ENDED" AS "ENDED text",
    TRY_CAST(raw."ENDED" AS TIMESTAMP) AS "ENDED",
    raw."CHANNEL" AS "CHANNEL"
  FROM "raw_contracts" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "ORDER_ID" IS NULL OR LENGTH("ORDER_ID") <= 10 AS "ORDER_ID fits",
    "CUSTOMER_ID" IS NULL OR LENGTH("CUSTOMER_ID") <= 10 AS "CUSTOMER_ID fits",
    CASE WHEN CAST("SIGNED" AS VARCHAR) = "SIGNED text" AND "SIGNED" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "SIGNED" IS NOT NULL AND "SIGNED" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("SIGNED text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE FALSE END AS "SIGNED fits",
    CASE WHEN CAST("ENDED" AS VARCHAR) = "ENDED text" AND "ENDED" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN TRUE WHEN "ENDED" IS NOT NULL AND "ENDED" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN REGEXP_FULL_MATCH("ENDED text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*') ELSE "ENDED text" IS NULL END AS "ENDED fits",
    "CHANNEL" IS NULL OR LENGTH("CHANNEL") <= 10 AS "CHANNEL fits"
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
INSERT INTO "stage"."contracts_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."contracts"
WHERE "ORDER_HK" IN (
  SELECT "ORDER_HK"
  FROM "stage"."contracts"
  GROUP BY "ORDER_HK"
  HAVING COUNT(*) > 1
);
