-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: columns, csv_delimiter, csv_quote, csv_null, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "dwh_stage"."users";

CREATE TABLE "dwh_stage"."users" (
  "login" VARCHAR(20) COLLATE "C" NOT NULL,
  "invited_by" VARCHAR(20) COLLATE "C",
  "city" VARCHAR(50) COLLATE "C",
  "born" DATE,
  "row_id" CHAR(64) COLLATE "C" NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) COLLATE "C" NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hub_login" CHAR(64) COLLATE "C",
  "hub_login_inviter" CHAR(64) COLLATE "C",
  "hub_row_id" CHAR(64) COLLATE "C" NOT NULL,
  "hub_l_invited" CHAR(64) COLLATE "C",
  "hd_s_users" CHAR(64) COLLATE "C" NOT NULL
);

DROP TABLE IF EXISTS "dwh_stage"."users_repeats";

CREATE TABLE "dwh_stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS pg_temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "row_no" BIGINT GENERATED ALWAYS AS IDENTITY (CACHE 1000),
  "login" TEXT COLLATE "C",
  "invited_by" TEXT COLLATE "C",
  "city" TEXT COLLATE "C",
  "born" TEXT COLLATE "C"
) ON COMMIT DROP;

-- For every further file.
TRUNCATE pg_temp."raw_users";

-- The records behind the header; the columns are those of the file, in its order.
COPY "raw_users" (:columns) FROM STDIN (
  FORMAT csv,
  DELIMITER :csv_delimiter,
  QUOTE :csv_quote,
  NULL :csv_null
);

-- The rows that fit, typed; every hash is computed here, once.
INSERT INTO "dwh_stage"."users" (
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
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."login" AS "login",
    raw."invited_by" AS "invited_by",
    raw."city" AS "city",
    raw."born" AS "born text",
    CASE WHEN PG_INPUT_IS_VALID(raw."born", 'date') THEN CAST(raw."born" AS DATE) END AS "born"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NOT NULL AND LENGTH("login") <= 20 AS "login fits",
    "invited_by" IS NULL OR LENGTH("invited_by") <= 20 AS "invited_by fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS TEXT) = "born text" OR "born text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "born fits"
  FROM "typed" AS typed
  OFFSET 0
),
"fitting" AS (
  SELECT
    "login",
    "invited_by",
    "city",
    "born",
    "row_no"
  FROM "checked"
  WHERE "login fits"
    AND "invited_by fits"
    AND "city fits"
    AND "born fits"
),
"identified" AS (
  SELECT
    fitting.*,
    ENCODE(SHA256(CONVERT_TO(REPLACE(REPLACE("login", '\', '\\'), '|', '\|') || '|' || COALESCE(CAST("born" AS TEXT), '\N'), 'UTF8')), 'hex') AS "row_id text"
  FROM "fitting" AS fitting
  OFFSET 0
)
SELECT
  "login",
  "invited_by",
  "city",
  "born",
  "row_id text" AS "row_id",
  CAST(:load_dt AS TIMESTAMP) AS "ldts",
  CAST(:load_src AS VARCHAR(255)) AS "rsrc",
  "row_no" + CAST(:rows_before AS BIGINT) AS "row_no",
  CASE WHEN "login" <> '' THEN ENCODE(SHA256(CONVERT_TO(REPLACE(REPLACE("login", '\', '\\'), '|', '\|'), 'UTF8')), 'hex') END AS "hub_login",
  CASE WHEN "invited_by" <> '' THEN ENCODE(SHA256(CONVERT_TO(REPLACE(REPLACE("invited_by", '\', '\\'), '|', '\|'), 'UTF8')), 'hex') END AS "hub_login_inviter",
  ENCODE(SHA256(CONVERT_TO("row_id text", 'UTF8')), 'hex') AS "hub_row_id",
  CASE WHEN "login" <> '' AND "invited_by" <> '' THEN ENCODE(SHA256(CONVERT_TO(REPLACE(REPLACE("login", '\', '\\'), '|', '\|') || '|' || REPLACE(REPLACE("invited_by", '\', '\\'), '|', '\|'), 'UTF8')), 'hex') END AS "hub_l_invited",
  ENCODE(SHA256(CONVERT_TO(CONCAT_WS(
    '|',
    'born=' || CAST("born" AS TEXT),
    'city=' || REPLACE(REPLACE("city", '\', '\\'), '|', '\|')
  ), 'UTF8')), 'hex') AS "hd_s_users"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    raw."row_no" - (SELECT MIN("row_no") FROM "raw_users") + 1 AS "row_no",
    raw."login" AS "login",
    raw."invited_by" AS "invited_by",
    raw."city" AS "city",
    raw."born" AS "born text",
    CASE WHEN PG_INPUT_IS_VALID(raw."born", 'date') THEN CAST(raw."born" AS DATE) END AS "born"
  FROM "raw_users" AS raw
  OFFSET 0
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NOT NULL AND LENGTH("login") <= 20 AS "login fits",
    "invited_by" IS NULL OR LENGTH("invited_by") <= 20 AS "invited_by fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits",
    "born text" IS NULL OR "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' AND (CAST("born" AS TEXT) = "born text" OR "born text" ~ '^([ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*)$') AS "born fits"
  FROM "typed" AS typed
  OFFSET 0
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

ANALYZE "dwh_stage"."users" ("ldts", "hub_login", "hub_login_inviter", "hub_row_id", "hub_l_invited");

-- Once every file is staged: the few rows that share their own key with another row of the batch.
INSERT INTO "dwh_stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "dwh_stage"."users"
WHERE "hub_login" IN (
  SELECT "hub_login"
  FROM "dwh_stage"."users"
  GROUP BY "hub_login"
  HAVING COUNT(*) > 1
);
