-- stage customers: rendered by dv-gen from metadata/customers.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."customers" CASCADE;

CREATE TABLE "stage"."customers" (
  "id" INTEGER NOT NULL,
  "name" VARCHAR(200),
  "friend" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_customer_id" VARBINARY(16) NOT NULL,
  "hk_customer_id_friend" VARBINARY(16),
  "hk_l_friend" VARBINARY(16),
  "hashdiff_s_customer" VARBINARY(16) NOT NULL,
  "hashdiff_s_friend_of" VARBINARY(16) NOT NULL
)
ORDER BY "hk_customer_id"
SEGMENTED BY HASH("hk_customer_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."customers_repeats" CASCADE;

CREATE TABLE "stage"."customers_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_customers";

CREATE LOCAL TEMPORARY TABLE "raw_customers" (
  "row_no" INTEGER NOT NULL,
  "id" VARCHAR(404),
  "name" VARCHAR(204),
  "friend" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:customers')*/ "raw_customers" (
  "row_no",
  "id",
  "name",
  "friend"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_customers_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:customers')*/ INTO "stage"."customers" (
  "id",
  "name",
  "friend",
  "load_dt",
  "load_src",
  "row_no",
  "hk_customer_id",
  "hk_customer_id_friend",
  "hk_l_friend",
  "hashdiff_s_customer",
  "hashdiff_s_friend_of"
)
SELECT
  "id",
  "name",
  "friend",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("id" AS VARCHAR(11)))) AS "hk_customer_id",
  CASE WHEN "friend" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("friend" AS VARCHAR(11)))) END AS "hk_customer_id_friend",
  CASE WHEN "friend" IS NOT NULL THEN HEX_TO_BINARY(MD5(CAST("id" AS VARCHAR(11)) || '|' || CAST("friend" AS VARCHAR(11)))) END AS "hk_l_friend",
  HEX_TO_BINARY(MD5(COALESCE('name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_customer",
  HEX_TO_BINARY(MD5(COALESCE('friend_name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_friend_of"
FROM (
  SELECT
    "id",
    "name",
    "friend",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
      "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
      "friend text" IS NULL OR "friend" IS NOT NULL AND "friend" BETWEEN -2147483648 AND 2147483647 AND (CAST("friend" AS VARCHAR(11)) = "friend text" OR REGEXP_LIKE("friend text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "friend fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."id", 2) AS "id text",
        SUBSTR(raw."id", 2)::!INTEGER AS "id",
        SUBSTR(raw."name", 2) AS "name",
        SUBSTR(raw."friend", 2) AS "friend text",
        SUBSTR(raw."friend", 2)::!INTEGER AS "friend"
      FROM "raw_customers" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "id fits"
    AND "name fits"
    AND "friend fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."id", 2) AS "id text",
    SUBSTR(raw."id", 2)::!INTEGER AS "id",
    SUBSTR(raw."name", 2) AS "name",
    SUBSTR(raw."friend", 2) AS "friend text",
    SUBSTR(raw."friend", 2)::!INTEGER AS "friend"
  FROM "raw_customers" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
    "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
    "friend text" IS NULL OR "friend" IS NOT NULL AND "friend" BETWEEN -2147483648 AND 2147483647 AND (CAST("friend" AS VARCHAR(11)) = "friend text" OR REGEXP_LIKE("friend text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "friend fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "friend fits" THEN 'friend'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "friend fits" THEN 'not an integer'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "name fits"
  AND "friend fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:customers')*/ INTO "stage"."customers_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."customers"
WHERE "hk_customer_id" IN (
  SELECT "hk_customer_id"
  FROM "stage"."customers"
  GROUP BY "hk_customer_id"
  HAVING COUNT(*) > 1
);
