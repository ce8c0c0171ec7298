-- stage users: rendered by dv-gen from metadata/users.yml:3.
-- Edit the metadata or the templates, not this file.
-- Parameters, bound by the run: file, columns, new_line, load_dt, load_src, rows_before.

-- The stage is transient: every batch starts from an empty table.
DROP TABLE IF EXISTS "dwh_stage"."users";

CREATE TABLE "dwh_stage"."users" (
  "login" VARCHAR(20) NOT NULL,
  "invited_by" VARCHAR(20),
  "city" VARCHAR(50),
  "born" DATE,
  "row_id" CHAR(64) NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) NOT NULL,
  "row_no" BIGINT NOT NULL,
  "hub_login" CHAR(64),
  "hub_login_inviter" CHAR(64),
  "hub_row_id" CHAR(64) NOT NULL,
  "hub_l_invited" CHAR(64),
  "hd_s_users" CHAR(64) NOT NULL
);

DROP TABLE IF EXISTS "dwh_stage"."users_repeats";

CREATE TABLE "dwh_stage"."users_repeats" (
  "row_no" BIGINT NOT NULL
);

-- Once for every file: its fields as text, as they are delivered.
DROP TABLE IF EXISTS temp."raw_users";

CREATE TEMPORARY TABLE "raw_users" (
  "login" VARCHAR,
  "invited_by" VARCHAR,
  "city" VARCHAR,
  "born" VARCHAR
);

-- Of the declared columns those that the file has.
INSERT INTO "raw_users" BY NAME
SELECT COLUMNS(lambda name: name IN (
  'login',
  'invited_by',
  'city',
  'born'
))
FROM read_csv(
  $file,
  columns = $columns,
  header = true,
  delim = ',',
  quote = '"',
  escape = '"',
  new_line = $new_line,
  nullstr = [''],
  allow_quoted_nulls = false,
  auto_detect = false,
  compression = 'none',
  hive_partitioning = false,
  store_rejects = true,
  rejects_limit = 0
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
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."login" AS "login",
    raw."invited_by" AS "invited_by",
    raw."city" AS "city",
    raw."born" AS "born text",
    TRY_CAST(raw."born" AS DATE) AS "born"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NOT NULL AND LENGTH("login") <= 20 AS "login fits",
    "invited_by" IS NULL OR LENGTH("invited_by") <= 20 AS "invited_by fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits",
    CASE WHEN CAST("born" AS VARCHAR) = "born text" AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("born text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "born text" IS NULL END AS "born fits"
  FROM "typed" AS typed
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
    SHA256(CONCAT_WS('|', CASE WHEN CONTAINS("login", '\') OR CONTAINS("login", '|') THEN REPLACE(REPLACE("login", '\', '\\'), '|', '\|') ELSE "login" END, COALESCE(CAST("born" AS VARCHAR), '\N'))) AS "row_id text"
  FROM "fitting" AS fitting
)
SELECT
  "login",
  "invited_by",
  "city",
  "born",
  "row_id text" AS "row_id",
  CAST($load_dt AS TIMESTAMP) AS "ldts",
  CAST($load_src AS VARCHAR(255)) AS "rsrc",
  "row_no" + CAST($rows_before AS BIGINT) AS "row_no",
  CASE WHEN "login" <> '' THEN SHA256(CASE WHEN CONTAINS("login", '\') OR CONTAINS("login", '|') THEN REPLACE(REPLACE("login", '\', '\\'), '|', '\|') ELSE "login" END) END AS "hub_login",
  CASE WHEN "invited_by" <> '' THEN SHA256(CASE WHEN CONTAINS("invited_by", '\') OR CONTAINS("invited_by", '|') THEN REPLACE(REPLACE("invited_by", '\', '\\'), '|', '\|') ELSE "invited_by" END) END AS "hub_login_inviter",
  SHA256("row_id text") AS "hub_row_id",
  CASE WHEN "login" <> '' AND "invited_by" <> '' THEN SHA256(CONCAT_WS('|', CASE WHEN CONTAINS("login", '\') OR CONTAINS("login", '|') THEN REPLACE(REPLACE("login", '\', '\\'), '|', '\|') ELSE "login" END, CASE WHEN CONTAINS("invited_by", '\') OR CONTAINS("invited_by", '|') THEN REPLACE(REPLACE("invited_by", '\', '\\'), '|', '\|') ELSE "invited_by" END)) END AS "hub_l_invited",
  SHA256(CONCAT_WS(
    '|',
    'born=' || CAST("born" AS VARCHAR),
    'city=' || CASE WHEN CONTAINS("city", '\') OR CONTAINS("city", '|') THEN REPLACE(REPLACE("city", '\', '\\'), '|', '\|') ELSE "city" END
  )) AS "hd_s_users"
FROM "identified";

-- The rows that do not fit: number, first column that is wrong, and why. Run only when there are any.
WITH
"typed" AS (
  SELECT
    rowid - (SELECT MIN(rowid) FROM "raw_users") + 1 AS "row_no",
    raw."login" AS "login",
    raw."invited_by" AS "invited_by",
    raw."city" AS "city",
    raw."born" AS "born text",
    TRY_CAST(raw."born" AS DATE) AS "born"
  FROM "raw_users" AS raw
),
"checked" AS (
  SELECT
    typed.*,
    "login" IS NOT NULL AND LENGTH("login") <= 20 AS "login fits",
    "invited_by" IS NULL OR LENGTH("invited_by") <= 20 AS "invited_by fits",
    "city" IS NULL OR LENGTH("city") <= 50 AS "city fits",
    CASE WHEN CAST("born" AS VARCHAR) = "born text" AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN TRUE WHEN "born" IS NOT NULL AND "born" BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN REGEXP_FULL_MATCH("born text", '[ ]*[0-9]{4}-[0-9]{2}-[0-9]{2}[ ]*') ELSE "born text" IS NULL END AS "born fits"
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
INSERT INTO "dwh_stage"."users_repeats" ("row_no")
SELECT "row_no"
FROM "dwh_stage"."users"
WHERE "hub_login" IN (
  SELECT "hub_login"
  FROM "dwh_stage"."users"
  GROUP BY "hub_login"
  HAVING COUNT(*) > 1
);
