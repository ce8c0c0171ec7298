-- stage groups: rendered by dv-gen 0.1.0 from metadata/sources/social.yml:7.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "stage"."groups" CASCADE;

CREATE TABLE "stage"."groups" (
  "id" INTEGER NOT NULL,
  "admin_id" INTEGER NOT NULL,
  "group_name" VARCHAR(800),
  "registration_dt" TIMESTAMP,
  "is_private" BOOLEAN,
  "is_admin" BOOLEAN NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "hk_group_id" VARBINARY(16) NOT NULL,
  "hk_l_admins" VARBINARY(16) NOT NULL,
  "hashdiff_s_group_name" VARBINARY(16) NOT NULL,
  "hashdiff_s_group_private_status" VARBINARY(16) NOT NULL,
  "hashdiff_s_admins" VARBINARY(16) NOT NULL
)
ORDER BY "hk_group_id"
SEGMENTED BY HASH("hk_group_id") ALL NODES;

DROP TABLE IF EXISTS "stage"."groups_repeats" CASCADE;

CREATE TABLE "stage"."groups_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_groups";

CREATE LOCAL TEMPORARY TABLE "raw_groups" (
  "row_no" INTEGER NOT NULL,
  "id" VARCHAR(404),
  "admin_id" VARCHAR(404),
  "group_name" VARCHAR(804),
  "registration_dt" VARCHAR(404),
  "is_private" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:groups')*/ "raw_groups" (
  "row_no",
  "id",
  "admin_id",
  "group_name",
  "registration_dt",
  "is_private"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_groups_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:groups')*/ INTO "stage"."groups" (
  "id",
  "admin_id",
  "group_name",
  "registration_dt",
  "is_private",
  "is_admin",
  "load_dt",
  "load_src",
  "row_no",
  "hk_user_id",
  "hk_group_id",
  "hk_l_admins",
  "hashdiff_s_group_name",
  "hashdiff_s_group_private_status",
  "hashdiff_s_admins"
)
SELECT
  "id",
  "admin_id",
  "group_name",
  "registration_dt",
  "is_private",
  "is_admin",
  CAST(:load_dt AS TIMESTAMP) AS "load_dt",
  CAST(:load_src AS VARCHAR(1020)) AS "load_src",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  HEX_TO_BINARY(MD5(CAST("admin_id" AS VARCHAR(11)))) AS "hk_user_id",
  HEX_TO_BINARY(MD5(CAST("id" AS VARCHAR(11)))) AS "hk_group_id",
  HEX_TO_BINARY(MD5(CAST("admin_id" AS VARCHAR(11)) || '|' || CAST("id" AS VARCHAR(11)))) AS "hk_l_admins",
  HEX_TO_BINARY(MD5(COALESCE('group_name=' || REPLACE(REPLACE("group_name", '\', '\\'), '|', '\|'), ''))) AS "hashdiff_s_group_name",
  HEX_TO_BINARY(MD5(COALESCE('is_private=' || CASE WHEN "is_private" THEN 'true' WHEN NOT "is_private" THEN 'false' END, ''))) AS "hashdiff_s_group_private_status",
  HEX_TO_BINARY(MD5(SUBSTR(
    COALESCE('|admin_from=' || RTRIM(RTRIM(TO_CHAR("registration_dt", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '')
    || '|is_admin=' || CASE WHEN "is_admin" THEN 'true' WHEN NOT "is_admin" THEN 'false' END,
    2
  ))) AS "hashdiff_s_admins"
FROM (
  SELECT
    fitting.*,
    CAST(TRUE AS BOOLEAN) AS "is_admin"
  FROM (
    SELECT
      "id",
      "admin_id",
      "group_name",
      "registration_dt",
      "is_private",
      "row_no"
    FROM (
      SELECT
        typed.*,
        "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
        "admin_id text" IS NOT NULL AND "admin_id" IS NOT NULL AND "admin_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("admin_id" AS VARCHAR(11)) = "admin_id text" OR REGEXP_LIKE("admin_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "admin_id fits",
        "group_name" IS NULL OR CHARACTER_LENGTH("group_name") <= 200 AS "group_name fits",
        "registration_dt text" IS NULL OR "registration_dt" IS NOT NULL AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("registration_dt" AS VARCHAR(26)) = "registration_dt text" OR REGEXP_LIKE("registration_dt text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "registration_dt fits",
        "is_private text" IS NULL OR "is_private" IS NOT NULL AND (CAST("is_private" AS VARCHAR(5)) = "is_private text" OR REGEXP_LIKE("is_private text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "is_private fits"
      FROM (
        SELECT
          "row_no" AS "row_no",
          SUBSTR(raw."id", 2) AS "id text",
          SUBSTR(raw."id", 2)::!INTEGER AS "id",
          SUBSTR(raw."admin_id", 2) AS "admin_id text",
          SUBSTR(raw."admin_id", 2)::!INTEGER AS "admin_id",
          SUBSTR(raw."group_name", 2) AS "group_name",
          SUBSTR(raw."registration_dt", 2) AS "registration_dt text",
          SUBSTR(raw."registration_dt", 2)::!TIMESTAMP AS "registration_dt",
          SUBSTR(raw."is_private", 2) AS "is_private text",
          TRIM(BOTH ' ' FROM SUBSTR(raw."is_private", 2))::!BOOLEAN AS "is_private"
        FROM "raw_groups" AS raw
      ) AS typed
    ) AS "checked"
    WHERE "id fits"
      AND "admin_id fits"
      AND "group_name fits"
      AND "registration_dt fits"
      AND "is_private fits"
  ) AS fitting
) AS "derived";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."id", 2) AS "id text",
    SUBSTR(raw."id", 2)::!INTEGER AS "id",
    SUBSTR(raw."admin_id", 2) AS "admin_id text",
    SUBSTR(raw."admin_id", 2)::!INTEGER AS "admin_id",
    SUBSTR(raw."group_name", 2) AS "group_name",
    SUBSTR(raw."registration_dt", 2) AS "registration_dt text",
    SUBSTR(raw."registration_dt", 2)::!TIMESTAMP AS "registration_dt",
    SUBSTR(raw."is_private", 2) AS "is_private text",
    TRIM(BOTH ' ' FROM SUBSTR(raw."is_private", 2))::!BOOLEAN AS "is_private"
  FROM "raw_groups" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "id text" IS NOT NULL AND "id" IS NOT NULL AND "id" BETWEEN -2147483648 AND 2147483647 AND (CAST("id" AS VARCHAR(11)) = "id text" OR REGEXP_LIKE("id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "id fits",
    "admin_id text" IS NOT NULL AND "admin_id" IS NOT NULL AND "admin_id" BETWEEN -2147483648 AND 2147483647 AND (CAST("admin_id" AS VARCHAR(11)) = "admin_id text" OR REGEXP_LIKE("admin_id text", '^([ ]*[+-]?[0-9]+[ ]*)\z')) AS "admin_id fits",
    "group_name" IS NULL OR CHARACTER_LENGTH("group_name") <= 200 AS "group_name fits",
    "registration_dt text" IS NULL OR "registration_dt" IS NOT NULL AND "registration_dt" BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999' AND (CAST("registration_dt" AS VARCHAR(26)) = "registration_dt text" OR REGEXP_LIKE("registration_dt text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?)?Z?[ ]*)\z')) AS "registration_dt fits",
    "is_private text" IS NULL OR "is_private" IS NOT NULL AND (CAST("is_private" AS VARCHAR(5)) = "is_private text" OR REGEXP_LIKE("is_private text", '^([ ]*([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf10])[ ]*)\z')) AS "is_private fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "id fits" THEN 'id'
    WHEN NOT "admin_id fits" THEN 'admin_id'
    WHEN NOT "group_name fits" THEN 'group_name'
    WHEN NOT "registration_dt fits" THEN 'registration_dt'
    WHEN NOT "is_private fits" THEN 'is_private'
  END AS "column_name",
  CASE
    WHEN "id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "id fits" THEN 'not an integer'
    WHEN "admin_id text" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "admin_id fits" THEN 'not an integer'
    WHEN NOT "group_name fits" THEN 'longer than 200 characters'
    WHEN NOT "registration_dt fits" THEN 'not a timestamp'
    WHEN NOT "is_private fits" THEN 'not a boolean'
  END AS "reason"
FROM "checked"
WHERE NOT ("id fits"
  AND "admin_id fits"
  AND "group_name fits"
  AND "registration_dt fits"
  AND "is_private fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:groups')*/ INTO "stage"."groups_repeats" ("row_no")
SELECT "row_no"
FROM "stage"."groups"
WHERE "hk_group_id" IN (
  SELECT "hk_group_id"
  FROM "stage"."groups"
  GROUP BY "hk_group_id"
  HAVING COUNT(*) > 1
);
