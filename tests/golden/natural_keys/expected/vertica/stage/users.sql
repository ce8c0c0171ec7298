-- stage users: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users" CASCADE;

CREATE TABLE "stage"."users" (
  "user_id" INTEGER NOT NULL,
  "boss" INTEGER,
  "country" VARCHAR(8),
  "city" VARCHAR(200),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "key_user_id" INTEGER NOT NULL,
  "key_user_id_boss" INTEGER,
  "key_country_city" VARCHAR(420),
  "key_l_bosses" VARCHAR(516),
  "hashdiff_s_users" VARBINARY(16) NOT NULL
)
ORDER BY "key_user_id"
SEGMENTED BY HASH("key_user_id") ALL NODES;

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
  "user_id" VARCHAR(404),
  "boss" VARCHAR(404),
  "country" VARCHAR(12),
  "city" VARCHAR(204)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:users')*/ "raw_users" (
  "row_no",
  "user_id",
  "boss",
  "country",
  "city"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_users_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:users')*/ INTO "stage"."users" (
  "user_id",
  "boss",
  "country",
  "city",
  "load_dt",
  "load_src",
  "row_no",
  "key_user_id",
  "key_user_id_boss",
  "key_country_city",
  "key_l_bosses",
  "hashdiff_s_users"
)
SELECT
  "user_id",
  "boss",
  "country",
  "city",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  "user_id" AS "key_user_id",
  "boss" AS "key_user_id_boss",
  CASE WHEN TRIM(BOTH ' ' FROM "country") <> '' OR TRIM(BOTH ' ' FROM "city") <> '' THEN COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') || '|' || COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("city", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') END AS "key_country_city",
  CASE WHEN "boss" IS NOT NULL AND (TRIM(BOTH ' ' FROM "country") <> '' OR TRIM(BOTH ' ' FROM "city") <> '') THEN CAST("user_id" AS VARCHAR(11)) || '|' || CAST("boss" AS VARCHAR(11)) || '|' || COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("country", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') || '|' || COALESCE(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("city", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'), '\N') END AS "key_l_bosses",
  HEX_TO_BINARY(MD5(COALESCE('city=' || REPLACE(REPLACE("city", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_users"
FROM (
  SELECT
    "user_id",
    "boss",
    "country",
    "city",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
      "boss text" IS NULL OR "boss" IS NOT NULL AND "boss" BETWEEN -2147483648 AND 2147483647 AND (CAST("boss" AS VARCHAR(11)) = "boss text" OR REGEXP_LIKE("boss text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "boss fits",
      "country" IS NULL OR CHARACTER_LENGTH("country") <= 2 AS "country fits",
      "city" IS NULL OR CHARACTER_LENGTH("city") <= 50 AS "city fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."user_id", 2) AS "user_id text",
        SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
        SUBSTR(raw."boss", 2) AS "boss text",
        SUBSTR(raw."boss", 2)::!INTEGER AS "boss",
        SUBSTR(raw."country", 2) AS "country",
        SUBSTR(raw."city", 2) AS "city"
      FROM "raw_users" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "user_id fits"
    AND "boss fits"
    AND "country fits"
    AND "city fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."user_id", 2) AS "user_id text",
    SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
    SUBSTR(raw."boss", 2) AS "boss text",
    SUBSTR(raw."boss", 2)::!INTEGER AS "boss",
    SUBSTR(raw."country", 2) AS "country",
    SUBSTR(raw."city", 2) AS "city"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
    "boss text" IS NULL OR "boss" IS NOT NULL AND "boss" BETWEEN -2147483648 AND 2147483647 AND (CAST("boss" AS VARCHAR(11)) = "boss text" OR REGEXP_LIKE("boss text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "boss fits",
    "country" IS NULL OR CHARACTER_LENGTH("country") <= 2 AS "country fits",
    "city" IS NULL OR CHARACTER_LENGTH("city") <= 50 AS "city fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "boss fits" THEN 'boss'
    WHEN NOT "country fits" THEN 'country'
    WHEN NOT "city fits" THEN 'city'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN NOT "boss fits" THEN 'not an integer'
    WHEN NOT "country fits" THEN 'longer than 2 characters'
    WHEN NOT "city fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "boss fits"
  AND "country fits"
  AND "city fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:users')*/ INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "key_user_id" IN (
  SELECT "key_user_id"
  FROM "stage"."users"
  GROUP BY "key_user_id"
  HAVING COUNT(*) > 1
);
