-- stage phones: rendered by dv-gen from metadata/phones.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."phones" CASCADE;

CREATE TABLE "stage"."phones" (
  "customer_no" VARCHAR(80),
  "phone_type" VARCHAR(40) NOT NULL,
  "seen_at" TIMESTAMP,
  "number" VARCHAR(120),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_customer_no" VARBINARY(16),
  "hashdiff_s_phones" VARBINARY(16) NOT NULL
)
ORDER BY "hk_customer_no"
SEGMENTED BY HASH("hk_customer_no") ALL NODES;

DROP TABLE IF EXISTS "stage"."phones_repeats" CASCADE;

CREATE TABLE "stage"."phones_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_phones";

CREATE LOCAL TEMPORARY TABLE "raw_phones" (
  "row_no" INTEGER NOT NULL,
  "customer_no" VARCHAR(84),
  "phone_type" VARCHAR(44),
  "seen_at" VARCHAR(404),
  "number" VARCHAR(124)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:phones')*/ "raw_phones" (
  "row_no",
  "customer_no",
  "phone_type",
  "seen_at",
  "number"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_phones_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:phones')*/ INTO "stage"."phones" (
  "customer_no",
  "phone_type",
  "seen_at",
  "number",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_no",
  "hashdiff_s_phones"
)
SELECT
  "customer_no",
  "phone_type",
  "seen_at",
  "number",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "customer_no") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_customer_no",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|phone=' || REPLACE(REPLACE("number", '\', '\\'), '|', '\|'), '')
    || '|phone_type=' || REPLACE(REPLACE("phone_type", '\', '\\'), '|', '\|'),
    2
  ))) AS "hashdiff_s_phones"
FROM (
  SELECT
    "customer_no",
    "phone_type",
    "seen_at",
    "number",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "customer_no" IS NULL OR CHARACTER_LENGTH("customer_no") <= 20 AS "customer_no fits",
      "phone_type" IS NOT NULL AND CHARACTER_LENGTH("phone_type") <= 10 AS "phone_type fits",
      "seen_at text" IS NULL OR "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen_at" AS VARCHAR(26)) = "seen_at text" OR REGEXP_LIKE("seen_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "seen_at fits",
      "number" IS NULL OR CHARACTER_LENGTH("number") <= 30 AS "number fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."customer_no", 2) AS "customer_no",
        SUBSTR(raw."phone_type", 2) AS "phone_type",
        SUBSTR(raw."seen_at", 2) AS "seen_at text",
        SUBSTR(raw."seen_at", 2)::!TIMESTAMP AS "seen_at",
        SUBSTR(raw."number", 2) AS "number"
      FROM "raw_phones" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "customer_no fits"
    AND "phone_type fits"
    AND "seen_at fits"
    AND "number fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."customer_no", 2) AS "customer_no",
    SUBSTR(raw."phone_type", 2) AS "phone_type",
    SUBSTR(raw."seen_at", 2) AS "seen_at text",
    SUBSTR(raw."seen_at", 2)::!TIMESTAMP AS "seen_at",
    SUBSTR(raw."number", 2) AS "number"
  FROM "raw_phones" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "customer_no" IS NULL OR CHARACTER_LENGTH("customer_no") <= 20 AS "customer_no fits",
    "phone_type" IS NOT NULL AND CHARACTER_LENGTH("phone_type") <= 10 AS "phone_type fits",
    "seen_at text" IS NULL OR "seen_at" IS NOT NULL AND "seen_at" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen_at" AS VARCHAR(26)) = "seen_at text" OR REGEXP_LIKE("seen_at text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "seen_at fits",
    "number" IS NULL OR CHARACTER_LENGTH("number") <= 30 AS "number fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "customer_no fits" THEN 'customer_no'
    WHEN NOT "phone_type fits" THEN 'phone_type'
    WHEN NOT "seen_at fits" THEN 'seen_at'
    WHEN NOT "number fits" THEN 'number'
  END AS "column_name",
  CASE
    WHEN NOT "customer_no fits" THEN 'longer than 20 characters'
    WHEN "phone_type" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "phone_type fits" THEN 'longer than 10 characters'
    WHEN NOT "seen_at fits" THEN 'not a timestamp'
    WHEN NOT "number fits" THEN 'longer than 30 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("customer_no fits"
  AND "phone_type fits"
  AND "seen_at fits"
  AND "number fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:phones')*/ INTO "stage"."phones_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."phones"
WHERE "hk_customer_no" IN (
  SELECT "hk_customer_no"
  FROM "stage"."phones"
  GROUP BY "hk_customer_no"
  HAVING COUNT(*) > 1
);
