-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."users" CASCADE;

CREATE TABLE "stage"."users" (
  "id" INTEGER NOT NULL,
  "city" VARCHAR(200),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
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
  "city" VARCHAR(204)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:users')*/ "raw_users" (
  "row_no",
  "id",
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
  "id",
  "city",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hashdiff_s_users"
)
SELECT
  "id",
  "city",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("id" AS VARCHAR(11)))) AS "hk_user_id",
  HEX_TO_BINARY(MD5(COALESCE('city=' || REPLACE(REPLACE("city", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_users"
FROM (
  SELECT
    "id",
    "city",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
      "city" IS NULL OR CHARACTER_LENGTH("city") <= 50 AS "city fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."id", 2) AS "id text",
        SUBSTR(raw."id", 2)::!INTEGER AS "id",
        SUBSTR(raw."city", 2) AS "city"
      FROM "raw_users" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "id fits"
    AND "city fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."id", 2) AS "id text",
    SUBSTR(raw."id", 2)::!INTEGER AS "id",
    SUBSTR(raw."city", 2) AS "city"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
    "city" IS NULL OR CHARACTER_LENGTH("city") <= 50 AS "city fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "city fits" THEN 'city'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN NOT "city fits" THEN 'longer than 50 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "city fits")
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
