-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users" CASCADE;

CREATE TABLE "stage"."users" (
  "id" INTEGER NOT NULL,
  "country" VARCHAR(8),
  "zip" VARCHAR(40),
  "name" VARCHAR(200),
  "height" DECIMAL(3, 2),
  "born" DATE,
  "active" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_country_zip" VARBINARY(16),
  "hk_l_lives" VARBINARY(16),
  "hashdiff_s_users" VARBINARY(16) NOT NULL
)
ORDER BY "hk_user_id"
SEGMENTED BY HASH("hk_user_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."users_repeats" CASCADE;

CREATE TABLE "stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_users";

CREATE LOCAL TEMPORARY TABLE "raw_users" (
  "row_no" INTEGER NOT NULL,
  "id" VARCHAR(404),
  "country" VARCHAR(12),
  "zip" VARCHAR(44),
  "name" VARCHAR(204),
  "height" VARCHAR(404),
  "born" VARCHAR(404),
  "active" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:users')*/ "raw_users" (
  "row_no",
  "id",
  "country",
  "zip",
  "name",
  "height",
  "born",
  "active"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_users_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:users')*/ INTO "stage"."users" (
  "id",
  "country",
  "zip",
  "name",
  "height",
  "born",
  "active",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_country_zip",
  "hk_l_lives",
  "hashdiff_s_users"
)
SELECT
  "id",
  "country",
  "zip",
  "name",
  "height",
  "born",
  "active",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("id" AS VARCHAR(11)))), 'ß', 'ẞ'), ''))) AS "hk_user_id",
  HEX_TO_BINARY(MD5(NULLIF(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "country")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "zip")), 'ß', 'ẞ'), ''), '^^'), '^^||^^'))) AS "hk_country_zip",
  CASE WHEN (COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "country")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "zip")), 'ß', 'ẞ'), ''), '^^') <> '^^||^^') THEN HEX_TO_BINARY(MD5(NULLIF(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("id" AS VARCHAR(11)))), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "country")), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "zip")), 'ß', 'ẞ'), ''), '^^'), '^^||^^||^^'))) END AS "hk_l_lives",
  HEX_TO_BINARY(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN "active" THEN 'true' WHEN NOT "active" THEN 'false' END)), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("born" AS VARCHAR(10)))), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("height" AS VARCHAR(5)))), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "name")), 'ß', 'ẞ'), ''), '^^'))) AS "hashdiff_s_users"
FROM (
  SELECT
    "id",
    "country",
    "zip",
    "name",
    "height",
    "born",
    "active",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
      "country" IS NULL OR CHARACTER_LENGTH("country") <= 2 AS "country fits",
      "zip" IS NULL OR CHARACTER_LENGTH("zip") <= 10 AS "zip fits",
      "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
      "height text" IS NULL OR "height" IS NOT NULL AND (CAST("height" AS VARCHAR(5)) = "height text" OR REGEXP_LIKE("height text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "height fits",
      "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS VARCHAR(10)) = "born text" OR REGEXP_LIKE("born text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "born fits",
      "active text" IS NULL OR "active" IS NOT NULL AND (CAST("active" AS VARCHAR(5)) = "active text" OR REGEXP_LIKE("active text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "active fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."id", 2) AS "id text",
        SUBSTR(raw."id", 2)::!INTEGER AS "id",
        SUBSTR(raw."country", 2) AS "country",
        SUBSTR(raw."zip", 2) AS "zip",
        SUBSTR(raw."name", 2) AS "name",
        SUBSTR(raw."height", 2) AS "height text",
        SUBSTR(raw."height", 2)::!DECIMAL(3, 2) AS "height",
        SUBSTR(raw."born", 2) AS "born text",
        SUBSTR(raw."born", 2)::!DATE AS "born",
        SUBSTR(raw."active", 2) AS "active text",
        TRIM(BOTH ' ' FROM SUBSTR(raw."active", 2))::!BOOLEAN AS "active"
      FROM "raw_users" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "id fits"
    AND "country fits"
    AND "zip fits"
    AND "name fits"
    AND "height fits"
    AND "born fits"
    AND "active fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."id", 2) AS "id text",
    SUBSTR(raw."id", 2)::!INTEGER AS "id",
    SUBSTR(raw."country", 2) AS "country",
    SUBSTR(raw."zip", 2) AS "zip",
    SUBSTR(raw."name", 2) AS "name",
    SUBSTR(raw."height", 2) AS "height text",
    SUBSTR(raw."height", 2)::!DECIMAL(3, 2) AS "height",
    SUBSTR(raw."born", 2) AS "born text",
    SUBSTR(raw."born", 2)::!DATE AS "born",
    SUBSTR(raw."active", 2) AS "active text",
    TRIM(BOTH ' ' FROM SUBSTR(raw."active", 2))::!BOOLEAN AS "active"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
    "country" IS NULL OR CHARACTER_LENGTH("country") <= 2 AS "country fits",
    "zip" IS NULL OR CHARACTER_LENGTH("zip") <= 10 AS "zip fits",
    "name" IS NULL OR CHARACTER_LENGTH("name") <= 50 AS "name fits",
    "height text" IS NULL OR "height" IS NOT NULL AND (CAST("height" AS VARCHAR(5)) = "height text" OR REGEXP_LIKE("height text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "height fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS VARCHAR(10)) = "born text" OR REGEXP_LIKE("born text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "born fits",
    "active text" IS NULL OR "active" IS NOT NULL AND (CAST("active" AS VARCHAR(5)) = "active text" OR REGEXP_LIKE("active text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "active fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "zip fits" THEN 'zip'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "height fits" THEN 'height'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "active fits" THEN 'active'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN NOT "zip fits" THEN 'longer than 10 characters'
    WHEN NOT "name fits" THEN 'longer than 50 characters'
    WHEN NOT "height fits" THEN 'not a decimal(3,2)'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "active fits" THEN 'not a boolean'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "country fits"
  AND "zip fits"
  AND "name fits"
  AND "height fits"
  AND "born fits"
  AND "active fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:users')*/ INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."users"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
