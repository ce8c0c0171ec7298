-- stage members: rendered by dv-gen from metadata/model.yml:10.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."members" CASCADE;

CREATE TABLE "stage"."members" (
  "user_id" INTEGER NOT NULL,
  "group_id" INTEGER NOT NULL,
  "role" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16) NOT NULL,
  "hk_l_members" VARBINARY(16) NOT NULL,
  "hashdiff_s_members" VARBINARY(16) NOT NULL
)
ORDER BY "hk_user_id"
SEGMENTED BY HASH("hk_user_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."members_repeats" CASCADE;

CREATE TABLE "stage"."members_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_members";

CREATE LOCAL TEMPORARY TABLE "raw_members" (
  "row_no" INTEGER NOT NULL,
  "user_id" VARCHAR(404),
  "group_id" VARCHAR(404),
  "role" VARCHAR(84)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:members')*/ "raw_members" (
  "row_no",
  "user_id",
  "group_id",
  "role"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_members_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:members')*/ INTO "stage"."members" (
  "user_id",
  "group_id",
  "role",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_group_id",
  "hk_l_members",
  "hashdiff_s_members"
)
SELECT
  "user_id",
  "group_id",
  "role",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("user_id" AS VARCHAR(11)))) AS "hk_user_id",
  HEX_TO_BINARY(MD5(CAST("group_id" AS VARCHAR(11)))) AS "hk_group_id",
  HEX_TO_BINARY(MD5(CAST("user_id" AS VARCHAR(11)) || '|' || CAST("group_id" AS VARCHAR(11)))) AS "hk_l_members",
  HEX_TO_BINARY(MD5(COALESCE('role=' || REPLACE(REPLACE("role", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_members"
FROM (
  SELECT
    "user_id",
    "group_id",
    "role",
    "row_no"
  FROM (
    SELECT
      typed.*,
      "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
      "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND "group_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("group_id" AS VARCHAR(11)) = "group_id text" OR REGEXP_LIKE("group_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "group_id fits",
      "role" IS NULL OR CHARACTER_LENGTH("role") <= 20 AS "role fits"
    FROM (
      SELECT
        "row_no" AS "row_no",
        SUBSTR(raw."user_id", 2) AS "user_id text",
        SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
        SUBSTR(raw."group_id", 2) AS "group_id text",
        SUBSTR(raw."group_id", 2)::!INTEGER AS "group_id",
        SUBSTR(raw."role", 2) AS "role"
      FROM "raw_members" AS raw
    ) AS typed
  ) AS "checked"
  WHERE "user_id fits"
    AND "group_id fits"
    AND "role fits"
) AS "fitting";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."user_id", 2) AS "user_id text",
    SUBSTR(raw."user_id", 2)::!INTEGER AS "user_id",
    SUBSTR(raw."group_id", 2) AS "group_id text",
    SUBSTR(raw."group_id", 2)::!INTEGER AS "group_id",
    SUBSTR(raw."role", 2) AS "role"
  FROM "raw_members" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "user_id text" IS NOT NULL AND "user_id" IS NOT NULL AND "user_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("user_id" AS VARCHAR(11)) = "user_id text" OR REGEXP_LIKE("user_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "user_id fits",
    "group_id text" IS NOT NULL AND "group_id" IS NOT NULL AND "group_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("group_id" AS VARCHAR(11)) = "group_id text" OR REGEXP_LIKE("group_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "group_id fits",
    "role" IS NULL OR CHARACTER_LENGTH("role") <= 20 AS "role fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "user_id fits" THEN 'user_id'
    WHEN NOT "group_id fits" THEN 'group_id'
    WHEN NOT "role fits" THEN 'role'
  END AS "column_name",
  CASE
    WHEN "user_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "user_id fits" THEN 'not an integer'
    WHEN "group_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "group_id fits" THEN 'not an integer'
    WHEN NOT "role fits" THEN 'longer than 20 characters'
  END AS "reason"
FROM "checked"
WHERE NOT ("user_id fits"
  AND "group_id fits"
  AND "role fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:members')*/ INTO "stage"."members_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."members"
WHERE "hk_user_id" IN (
  SELECT "hk_user_id"
  FROM "stage"."members"
  GROUP BY "hk_user_id"
  HAVING COUNT(*) > 1
);
