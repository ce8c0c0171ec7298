-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users" CASCADE;

CREATE TABLE "stage"."users" (
  "login" VARCHAR(120),
  "seen" TIMESTAMP,
  "name" VARCHAR(400),
  "height" DECIMAL(3, 2),
  "born" DATE,
  "active" BOOLEAN,
  "visits" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_login" VARBINARY(16),
  "hashdiff_s_last" VARBINARY(16) NOT NULL,
  "hashdiff_s_first" VARBINARY(16) NOT NULL,
  "hashdiff_s_stagger" VARBINARY(16) NOT NULL,
  "hashdiff_s_fail" VARBINARY(16) NOT NULL
)
ORDER BY "hk_login"
SEGMENTED BY HASH("hk_login") ALL NODES;

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
  "login" VARCHAR(124),
  "seen" VARCHAR(404),
  "name" VARCHAR(404),
  "height" VARCHAR(404),
  "born" VARCHAR(404),
  "active" VARCHAR(404),
  "visits" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:users')*/ "raw_users" (
  "row_no",
  "login",
  "seen",
  "name",
  "height",
  "born",
  "active",
  "visits"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_users_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:users')*/ INTO "stage"."users" (
  "login",
  "seen",
  "name",
  "height",
  "born",
  "active",
  "visits",
  "load_dt",
  "load_src",
  "row_no",
  "hk_login",
  "hashdiff_s_last",
  "hashdiff_s_first",
  "hashdiff_s_stagger",
  "hashdiff_s_fail"
)
SELECT
  "login",
  "seen",
  "name",
  "height",
  "born",
  "active",
  "visits",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "login") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("login", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_login",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|born=' || TO_CHAR("born", 'YYYY-MM-DD'), '')
    || COALESCE('|height=' || RTRIM(RTRIM(CAST("height" AS VARCHAR(5)), '0'), '.'), '')
    || COALESCE('|name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''),
    2
  ))) AS "hashdiff_s_last",
  HEX_TO_BINARY(MD5(COALESCE('active=' || CASE WHEN "active" THEN 'true' WHEN NOT "active" THEN 'false' END, ''))) AS "hashdiff_s_first",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '')
    || COALESCE('|visits=' || CAST("visits" AS VARCHAR(20)), ''),
    2
  ))) AS "hashdiff_s_stagger",
  HEX_TO_BINARY(MD5(COALESCE('full_name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_fail"
FROM (
  SELECT
    "login",
    "seen",
    "name",
    "height",
    "born",
    "active",
    "visits",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "login" IS NULL OR CHARACTER_LENGTH("login") <= 30 AS "login fits",
      "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen" AS VARCHAR(26)) = "seen text" OR REGEXP_LIKE("seen text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "seen fits",
      "name" IS NULL OR CHARACTER_LENGTH("name") <= 100 AS "name fits",
      "height text" IS NULL OR "height" IS NOT NULL AND (CAST("height" AS VARCHAR(5)) = "height text" OR REGEXP_LIKE("height text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "height fits",
      "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS VARCHAR(10)) = "born text" OR REGEXP_LIKE("born text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "born fits",
      "active text" IS NULL OR "active" IS NOT NULL AND (CAST("active" AS VARCHAR(5)) = "active text" OR REGEXP_LIKE("active text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "active fits",
      "visits text" IS NULL OR "visits" IS NOT NULL AND (CAST("visits" AS VARCHAR(20)) = "visits text" OR REGEXP_LIKE("visits text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "visits fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."login", 2) AS "login",
        SUBSTR(raw."seen", 2) AS "seen text",
        SUBSTR(raw."seen", 2)::!TIMESTAMP AS "seen",
        SUBSTR(raw."name", 2) AS "name",
        SUBSTR(raw."height", 2) AS "height text",
        SUBSTR(raw."height", 2)::!DECIMAL(3, 2) AS "height",
        SUBSTR(raw."born", 2) AS "born text",
        SUBSTR(raw."born", 2)::!DATE AS "born",
        SUBSTR(raw."active", 2) AS "active text",
        TRIM(BOTH ' ' FROM SUBSTR(raw."active", 2))::!BOOLEAN AS "active",
        SUBSTR(raw."visits", 2) AS "visits text",
        SUBSTR(raw."visits", 2)::!INTEGER AS "visits"
      FROM "raw_users" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "login fits"
    AND "seen fits"
    AND "name fits"
    AND "height fits"
    AND "born fits"
    AND "active fits"
    AND "visits fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."login", 2) AS "login",
    SUBSTR(raw."seen", 2) AS "seen text",
    SUBSTR(raw."seen", 2)::!TIMESTAMP AS "seen",
    SUBSTR(raw."name", 2) AS "name",
    SUBSTR(raw."height", 2) AS "height text",
    SUBSTR(raw."height", 2)::!DECIMAL(3, 2) AS "height",
    SUBSTR(raw."born", 2) AS "born text",
    SUBSTR(raw."born", 2)::!DATE AS "born",
    SUBSTR(raw."active", 2) AS "active text",
    TRIM(BOTH ' ' FROM SUBSTR(raw."active", 2))::!BOOLEAN AS "active",
    SUBSTR(raw."visits", 2) AS "visits text",
    SUBSTR(raw."visits", 2)::!INTEGER AS "visits"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NULL OR CHARACTER_LENGTH("login") <= 30 AS "login fits",
    "seen text" IS NULL OR "seen" IS NOT NULL AND "seen" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("seen" AS VARCHAR(26)) = "seen text" OR REGEXP_LIKE("seen text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "seen fits",
    "name" IS NULL OR CHARACTER_LENGTH("name") <= 100 AS "name fits",
    "height text" IS NULL OR "height" IS NOT NULL AND (CAST("height" AS VARCHAR(5)) = "height text" OR REGEXP_LIKE("height text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "height fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS VARCHAR(10)) = "born text" OR REGEXP_LIKE("born text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "born fits",
    "active text" IS NULL OR "active" IS NOT NULL AND (CAST("active" AS VARCHAR(5)) = "active text" OR REGEXP_LIKE("active text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "active fits",
    "visits text" IS NULL OR "visits" IS NOT NULL AND (CAST("visits" AS VARCHAR(20)) = "visits text" OR REGEXP_LIKE("visits text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "visits fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "login fits" THEN 'login'
    WHEN NOT "seen fits" THEN 'seen'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "height fits" THEN 'height'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "active fits" THEN 'active'
    WHEN NOT "visits fits" THEN 'visits'
  END AS "column_name",
  CASE
    WHEN NOT "login fits" THEN 'longer than 30 characters'
    WHEN NOT "seen fits" THEN 'not a timestamp'
    WHEN NOT "name fits" THEN 'longer than 100 characters'
    WHEN NOT "height fits" THEN 'not a decimal(3,2)'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "active fits" THEN 'not a boolean'
    WHEN NOT "visits fits" THEN 'not a bigint'
  END AS "reason"
FROM "checked"
WHERE NOT ("login fits"
  AND "seen fits"
  AND "name fits"
  AND "height fits"
  AND "born fits"
  AND "active fits"
  AND "visits fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:users')*/ INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_login" IN (
  SELECT "hk_login"
  FROM "stage"."users"
  GROUP BY "hk_login"
  HAVING COUNT(*) > 1
);
