-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "dwh_stage"."users" CASCADE;

CREATE TABLE "dwh_stage"."users" (
  "login" VARCHAR(80) NOT NULL,
  "invited_by" VARCHAR(80),
  "city" VARCHAR(200),
  "born" DATE,
  "row_id" CHAR(64) NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(1020) NOT NULL,
  "row_no" INTEGER NOT NULL,
  "hub_login" CHAR(64),
  "hub_login_inviter" CHAR(64),
  "hub_row_id" CHAR(64) NOT NULL,
  "hub_l_invited" CHAR(64),
  "hd_s_users" CHAR(64) NOT NULL
)
ORDER BY "hub_login"
SEGMENTED BY HASH("hub_login") ALL NODES;

DROP TABLE IF EXISTS "dwh_stage"."users_repeats" CASCADE;

CREATE TABLE "dwh_stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
)
ORDER BY "row_no"
UNSEGMENTED ALL NODES;

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS v_temp_schema."raw_users";

CREATE LOCAL TEMPORARY TABLE "raw_users" (
  "row_no" INTEGER NOT NULL,
  "login" VARCHAR(84),
  "invited_by" VARCHAR(84),
  "city" VARCHAR(204),
  "born" VARCHAR(404)
) ON COMMIT PRESERVE ROWS
ORDER BY "row_no"
SEGMENTED BY HASH("row_no") ALL NODES;

COPY /*+LABEL('dv_gen:users')*/ "raw_users" (
  "row_no",
  "login",
  "invited_by",
  "city",
  "born"
)
FROM STDIN
DELIMITER E'\001'
ENFORCELENGTH
RECORD TERMINATOR E'\002'
REJECTED DATA AS TABLE "raw_users_rejected"
NO COMMIT;

-- The rows that fit, typed; every hash is computed here, once.
INSERT /*+LABEL('dv_gen:users')*/ INTO "dwh_stage"."users" (
  "login",
  "invited_by",
  "city",
  "born",
  "row_id",
  "ldts",
  "rsrc",
  "row_no",
  "hub_login",
  "hub_login_inviter",
  "hub_row_id",
  "hub_l_invited",
  "hd_s_users"
)
SELECT
  "login",
  "invited_by",
  "city",
  "born",
  "row_id text" AS "row_id",
  CAST(:load_dt AS TIMESTAMP) AS "ldts",
  CAST(:load_src AS VARCHAR(1020)) AS "rsrc",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "login" <> '' THEN SHA256(REPLACE(REPLACE("login", '\', '\\'), '|', '\|')) END AS "hub_login",
  CASE WHEN "invited_by" <> '' THEN SHA256(REPLACE(REPLACE("invited_by", '\', '\\'), '|', '\|')) END AS "hub_login_inviter",
  SHA256("row_id text") AS "hub_row_id",
  CASE WHEN "login" <> '' AND "invited_by" <> '' THEN SHA256(REPLACE(REPLACE("login", '\', '\\'), '|', '\|') || '|' || REPLACE(REPLACE("invited_by", '\', '\\'), '|', '\|')) END AS "hub_l_invited",
  SHA256(SUBSTR(
    COALESCE('|born=' || TO_CHAR("born", 'YYYY-MM-DD'), '')
    || COALESCE('|city=' || REPLACE(REPLACE("city", '\', '\\'), '|', '\|'), ''),
    2
  )) AS "hd_s_users"
FROM (
  SELECT
    fitting.*,
    SHA256(REPLACE(REPLACE("login", '\', '\\'), '|', '\|') || '|' || COALESCE(TO_CHAR("born", 'YYYY-MM-DD'), '\N')) AS "row_id text"
  FROM (
    SELECT
      "login",
      "invited_by",
      "city",
      "born",
      "row_no"
    FROM (
      SELECT
        typed.*,
        "login" IS NOT NULL AND CHARACTER_LENGTH("login") <= 20 AS "login fits",
        "invited_by" IS NULL OR CHARACTER_LENGTH("invited_by") <= 20 AS "invited_by fits",
        "city" IS NULL OR CHARACTER_LENGTH("city") <= 50 AS "city fits",
        "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS VARCHAR(10)) = "born text" OR REGEXP_LIKE("born text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "born fits"
      FROM (
        SELECT
          "row_no" AS "row_no",
          SUBSTR(raw."login", 2) AS "login",
          SUBSTR(raw."invited_by", 2) AS "invited_by",
          SUBSTR(raw."city", 2) AS "city",
          SUBSTR(raw."born", 2) AS "born text",
          SUBSTR(raw."born", 2)::!DATE AS "born"
        FROM "raw_users" AS raw
      ) AS typed
    ) AS "checked"
    WHERE "login fits"
      AND "invited_by fits"
      AND "city fits"
      AND "born fits"
  ) AS fitting
) AS "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    "row_no" AS "row_no",
    SUBSTR(raw."login", 2) AS "login",
    SUBSTR(raw."invited_by", 2) AS "invited_by",
    SUBSTR(raw."city", 2) AS "city",
    SUBSTR(raw."born", 2) AS "born text",
    SUBSTR(raw."born", 2)::!DATE AS "born"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NOT NULL AND CHARACTER_LENGTH("login") <= 20 AS "login fits",
    "invited_by" IS NULL OR CHARACTER_LENGTH("invited_by") <= 20 AS "invited_by fits",
    "city" IS NULL OR CHARACTER_LENGTH("city") <= 50 AS "city fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS VARCHAR(10)) = "born text" OR REGEXP_LIKE("born text", '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)\z')) AS "born fits"
  FROM "typed" AS typed
)
SELECT
  "row_no",
  CASE
    WHEN NOT "login fits" THEN 'login'
    WHEN NOT "invited_by fits" THEN 'invited_by'
    WHEN NOT "city fits" THEN 'city'
    WHEN NOT "born fits" THEN 'born'
  END AS "column_name",
  CASE
    WHEN "login" IS NULL THEN 'empty, but the column is not null'
    WHEN NOT "login fits" THEN 'longer than 20 characters'
    WHEN NOT "invited_by fits" THEN 'longer than 20 characters'
    WHEN NOT "city fits" THEN 'longer than 50 characters'
    WHEN NOT "born fits" THEN 'not a date'
  END AS "reason"
FROM "checked"
WHERE NOT ("login fits"
  AND "invited_by fits"
  AND "city fits"
  AND "born fits")
ORDER BY "row_no";

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT /*+LABEL('dv_gen:users')*/ INTO "dwh_stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "dwh_stage"."users"
WHERE "hub_login" IN (
  SELECT "hub_login"
  FROM "dwh_stage"."users"
  GROUP BY "hub_login"
  HAVING COUNT(*) > 1
);
