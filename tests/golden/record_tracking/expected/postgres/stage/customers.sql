-- stage customers: rendered by dv-gen from metadata/customers.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."customers";

CREATE TABLE "stage"."customers" (
  "id" INTEGER NOT NULL,
  "name" VARCHAR(50) COLLATE "C",
  "friend" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hk_customer_id" UUID NOT NULL,
  "hk_customer_id_friend" UUID,
  "hk_l_friend" UUID,
  "hashdiff_s_customer" UUID NOT NULL,
  "hashdiff_s_friend_of" UUID NOT NULL
);

DROP TABLE IF EXISTS "stage"."customers_repeats";

CREATE TABLE "stage"."customers_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_customers";

CREATE TEMPORARY TABLE "raw_customers" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "id" TEXT COLLATE "C",
  "name" TEXT COLLATE "C",
  "friend" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_customers";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_customers" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "stage"."customers" (
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
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_customers") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."name" AS "name",
    raw."friend" AS "friend text",
    CASE WHEN PG_INPUT_IS_VALID(raw."friend", 'integer') THEN CAST(raw."friend" AS INTEGER) END AS "friend"
  FROM "raw_customers" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "friend text" IS NULL OR "friend" IS NOT NULL AND (CAST("friend" AS TEXT) = "friend text" OR "friend text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "friend fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "id",
    "name",
    "friend",
    "row_no"
  FROM "checked"
  WHERE "id fits"
    AND "name fits"
    AND "friend fits"
)
SELECT
  "id",
  "name",
  "friend",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(255)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  MD5(CAST("id" AS TEXT))::UUID AS "hk_customer_id",
  CASE WHEN "friend" IS NOT NULL THEN MD5(CAST("friend" AS TEXT))::UUID END AS "hk_customer_id_friend",
  CASE WHEN "friend" IS NOT NULL THEN MD5(CAST("id" AS TEXT) || '|' || CAST("friend" AS TEXT))::UUID END AS "hk_l_friend",
  MD5(COALESCE('name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_customer",
  MD5(COALESCE('friend_name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))::UUID AS "hashdiff_s_friend_of"
FROM "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_customers") + 1 AS "row_no",
    raw."id" AS "id text",
    CASE WHEN PG_INPUT_IS_VALID(raw."id", 'integer') THEN CAST(raw."id" AS INTEGER) END AS "id",
    raw."name" AS "name",
    raw."friend" AS "friend text",
    CASE WHEN PG_INPUT_IS_VALID(raw."friend", 'integer') THEN CAST(raw."friend" AS INTEGER) END AS "friend"
  FROM "raw_customers" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND (CAST("id" AS TEXT) = "id text" OR "id text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "id fits",
    "name" IS NULL OR LENGTH("name") <= 50 AS "name fits",
    "friend text" IS NULL OR "friend" IS NOT NULL AND (CAST("friend" AS TEXT) = "friend text" OR "friend text" ~ '^([ ]*[+-]?[0-9]+[ ]*)$') AS "friend fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "stage"."customers" ("load_dt", "hk_customer_id", "hk_customer_id_friend", "hk_l_friend");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "stage"."customers_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."customers"
WHERE "hk_customer_id" IN (
  SELECT "hk_customer_id"
  FROM "stage"."customers"
  GROUP BY "hk_customer_id"
  HAVING COUNT(*) > 1
);
