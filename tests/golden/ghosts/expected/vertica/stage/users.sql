-- stage users: rendered by dv-gen from metadata/model.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users" CASCADE;

CREATE TABLE "stage"."users" (
  "user_no" VARCHAR(80),
  "name" VARCHAR(400),
  "born" DATE,
  "vip" BOOLEAN,
  "score" DECIMAL(10, 2),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_no" VARBINARY(16),
  "hashdiff_s_users" VARBINARY(16) NOT NULL,
  "hashdiff_s_plain" VARBINARY(16) NOT NULL
)
ORDER BY "hk_user_no"
SEGMENTED BY HASH("hk_user_no") ALL NODES;

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
  "user_no" VARCHAR(84),
  "name" VARCHAR(404),
  "born" VARCHAR(404),
  "vip" VARCHAR(404),
  "score" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:users')*/ "raw_users" (
  "row_no",
  "user_no",
  "name",
  "born",
  "vip",
  "score"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_users_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:users')*/ INTO "stage"."users" (
  "user_no",
  "name",
  "born",
  "vip",
  "score",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_no",
  "hashdiff_s_users",
  "hashdiff_s_plain"
)
SELECT
  "user_no",
  "name",
  "born",
  "vip",
  "score",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN TRIM(BOTH ' ' FROM "user_no") <> '' THEN HEX_TO_BINARY(MD5(REPLACE(UPPER(TRIM(BOTH ' ' FROM REPLACE(REPLACE("user_no", '\', '\\'), '|', '\|'))), 'ß', 'ẞ'))) END AS "hk_user_no",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '')
    || COALESCE('|score=' || RTRIM(RTRIM(CAST("score" AS VARCHAR(12)), '0'), '.'), ''),
    2
  ))) AS "hashdiff_s_users",
  HEX_TO_BINARY(MD5(COALESCE('name=' || REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_plain"
FROM (
  SELECT
    "user_no",
    "name",
    "born",
    "vip",
    "score",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "user_no" IS NULL OR CHARACTER_LENGTH("user_no") <= 20 AS "user_no fits",
      "name" IS NULL OR CHARACTER_LENGTH("name") <= 100 AS "name fits",
      "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS VARCHAR(10)) = "born text" OR REGEXP_LIKE("born text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "born fits",
      "vip text" IS NULL OR "vip" IS NOT NULL AND (CAST("vip" AS VARCHAR(5)) = "vip text" OR REGEXP_LIKE("vip text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "vip fits",
      "score text" IS NULL OR "score" IS NOT NULL AND (CAST("score" AS VARCHAR(12)) = "score text" OR REGEXP_LIKE("score text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "score fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."user_no", 2) AS "user_no",
        SUBSTR(raw."name", 2) AS "name",
        SUBSTR(raw."born", 2) AS "born text",
        SUBSTR(raw."born", 2)::!DATE AS "born",
        SUBSTR(raw."vip", 2) AS "vip text",
        TRIM(BOTH ' ' FROM SUBSTR(raw."vip", 2))::!BOOLEAN AS "vip",
        SUBSTR(raw."score", 2) AS "score text",
        SUBSTR(raw."score", 2)::!DECIMAL(10, 2) AS "score"
      FROM "raw_users" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "user_no fits"
    AND "name fits"
    AND "born fits"
    AND "vip fits"
    AND "score fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."user_no", 2) AS "user_no",
    SUBSTR(raw."name", 2) AS "name",
    SUBSTR(raw."born", 2) AS "born text",
    SUBSTR(raw."born", 2)::!DATE AS "born",
    SUBSTR(raw."vip", 2) AS "vip text",
    TRIM(BOTH ' ' FROM SUBSTR(raw."vip", 2))::!BOOLEAN AS "vip",
    SUBSTR(raw."score", 2) AS "score text",
    SUBSTR(raw."score", 2)::!DECIMAL(10, 2) AS "score"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "user_no" IS NULL OR CHARACTER_LENGTH("user_no") <= 20 AS "user_no fits",
    "name" IS NULL OR CHARACTER_LENGTH("name") <= 100 AS "name fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS VARCHAR(10)) = "born text" OR REGEXP_LIKE("born text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "born fits",
    "vip text" IS NULL OR "vip" IS NOT NULL AND (CAST("vip" AS VARCHAR(5)) = "vip text" OR REGEXP_LIKE("vip text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "vip fits",
    "score text" IS NULL OR "score" IS NOT NULL AND (CAST("score" AS VARCHAR(12)) = "score text" OR REGEXP_LIKE("score text", '^([ ]*[+-]?([0-9]+(\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)[ ]*)\z')) AS "score fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_no fits" THEN 'user_no'
    WHEN NOT "name fits" THEN 'name'
    WHEN NOT "born fits" THEN 'born'
    WHEN NOT "vip fits" THEN 'vip'
    WHEN NOT "score fits" THEN 'score'
  END AS "column_name",
  CASE
    WHEN NOT "user_no fits" THEN 'longer than 20 characters'
    WHEN NOT "name fits" THEN 'longer than 100 characters'
    WHEN NOT "born fits" THEN 'not a date'
    WHEN NOT "vip fits" THEN 'not a boolean'
    WHEN NOT "score fits" THEN 'not a decimal(10,2)'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_no fits"
  AND "name fits"
  AND "born fits"
  AND "vip fits"
  AND "score fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:users')*/ INTO "stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."users"
WHERE "hk_user_no" IN (
  SELECT "hk_user_no"
  FROM "stage"."users"
  GROUP BY "hk_user_no"
  HAVING COUNT(*) > 1
);
