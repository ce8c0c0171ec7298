-- satellite s_users: rendered by dv-gen from metadata/users.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_users" (
  "hk_user_id" VARBINARY(16) NOT NULL,
  "name" VARCHAR(200),
  "height" DECIMAL(3, 2),
  "born" DATE,
  "active" BOOLEAN,
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_id", "load_dt") DISABLED
)
ORDER BY "hk_user_id", "load_dt"
SEGMENTED BY HASH("hk_user_id") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Asked before the first batch only: whether the newest digests that are stored are those of the
-- rule, and of which texts they may be made. A vault that another tool has built can be loaded on
-- where they are.
SELECT
  CASE WHEN "stored digest" = HEX_TO_BINARY(MD5(COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN "value 4" THEN 'true' WHEN NOT "value 4" THEN 'false' END)), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 3" AS VARCHAR(10)))), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 2" AS VARCHAR(5)))), 'ß', 'ẞ'), ''), '^^') || '||' || COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1")), 'ß', 'ẞ'), ''), '^^'))) THEN 1 ELSE 0 END AS "same",
  "stored at",
  TO_HEX("stored digest") AS "digest",
  'hashdiff' AS "digest column",
  'name' AS "name 1",
  'name' AS "column 1",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 1")), 'ß', 'ẞ'), ''), '^^') AS "text 1",
  'height' AS "name 2",
  'height' AS "column 2",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 2" AS VARCHAR(5)))), 'ß', 'ẞ'), ''), '^^') AS "text 2",
  'born' AS "name 3",
  'born' AS "column 3",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 3" AS VARCHAR(10)))), 'ß', 'ẞ'), ''), '^^') AS "text 3",
  'active' AS "name 4",
  'active' AS "column 4",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CASE WHEN "value 4" THEN 'true' WHEN NOT "value 4" THEN 'false' END)), 'ß', 'ẞ'), ''), '^^') AS "text 4",
  'id' AS "name 5",
  'user_id' AS "column 5",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM CAST("value 5" AS VARCHAR(11)))), 'ß', 'ẞ'), ''), '^^') AS "text 5",
  'load_src' AS "name 6",
  'load_src' AS "column 6",
  COALESCE(NULLIF(REPLACE(UPPER(TRIM(BOTH ' ' FROM "value 6")), 'ß', 'ẞ'), ''), '^^') AS "text 6"
FROM (
  SELECT
    held."name" AS "value 1",
    CAST(held."height" AS DECIMAL(3, 2)) AS "value 2",
    CAST(held."born" AS DATE) AS "value 3",
    CAST(held."active" AS BOOLEAN) AS "value 4",
    CAST(hub."user_id" AS INTEGER) AS "value 5",
    held."load_src" AS "value 6",
    held."hashdiff" AS "stored digest",
    held."load_dt" AS "stored at"
  FROM "vault"."s_users" AS held
  LEFT JOIN "vault"."h_users" AS hub
    ON hub."hk_user_id" = held."hk_user_id"
  WHERE held."hk_user_id" NOT IN (HEX_TO_BINARY('00000000000000000000000000000000'), HEX_TO_BINARY('ffffffffffffffffffffffffffffffff'))
  ORDER BY held."load_dt" DESC, held."hk_user_id"
  LIMIT 50
) AS stored;

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_user_id"
  FROM (
    SELECT
      "hk_user_id",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_users"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."users"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_users'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."s_users_ranked";

CREATE LOCAL TEMPORARY TABLE "s_users_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "row_no",
  "hashdiff_s_users",
  FIRST_VALUE("hashdiff_s_users") OVER (PARTITION BY "hk_user_id", "load_dt" ORDER BY "row_no" DESC) AS "winner",
  ROW_NUMBER() OVER (PARTITION BY "hk_user_id", "load_dt" ORDER BY "row_no" DESC) AS "place no",
  ROW_NUMBER() OVER (PARTITION BY "hk_user_id", "load_dt", "hashdiff_s_users" ORDER BY "row_no" DESC) AS "repeat"
FROM "stage"."users"
WHERE "hk_user_id" IS NOT NULL
  AND "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_users_unkept";

CREATE LOCAL TEMPORARY TABLE "s_users_unkept" ON COMMIT PRESERVE ROWS AS
SELECT "row_no" FROM "s_users_ranked" WHERE "hashdiff_s_users" <> "winner" AND "repeat" = 1
UNION
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row_no"
FROM "stage"."users" AS staged
JOIN "vault"."s_users" AS stored
  ON stored."hk_user_id" = staged."hk_user_id"
  AND stored."load_dt" = staged."load_dt"
WHERE stored."hashdiff" <> staged."hashdiff_s_users"
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "s_users_ranked" WHERE "place no" > 1);

DROP TABLE IF EXISTS v_temp_schema."s_users_stored";

CREATE LOCAL TEMPORARY TABLE "s_users_stored" ON COMMIT PRESERVE ROWS AS
SELECT "hk_user_id", "hashdiff", "load_dt"
FROM "vault"."s_users"
WHERE "hk_user_id" IN (SELECT "hk_user_id" FROM "stage"."users");

DROP TABLE IF EXISTS v_temp_schema."s_users_ordered_keys";

-- Keys that are stored already or may be staged more than once; any other row is simply new.
CREATE LOCAL TEMPORARY TABLE "s_users_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "hk_user_id" FROM "s_users_stored"
UNION
SELECT "hk_user_id" FROM "stage"."users" WHERE "hk_user_id" IS NOT NULL AND "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats");

DROP TABLE IF EXISTS v_temp_schema."s_users_changed";

CREATE LOCAL TEMPORARY TABLE "s_users_changed" ON COMMIT PRESERVE ROWS AS
WITH
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"placed" AS (
  SELECT
    "hk_user_id",
    "hashdiff_s_users",
    "load_dt",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_user_id", "load_dt" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."users"
  WHERE "hk_user_id" IN (SELECT "hk_user_id" FROM "s_users_ordered_keys")
),
"candidates" AS (
  SELECT "hk_user_id", "hashdiff_s_users", "load_dt", "row_no"
  FROM "placed"
  WHERE "place no" = 1
),
"line" AS (
  SELECT
    "hk_user_id",
    "hashdiff",
    "load_dt",
    0 AS "row_no"
  FROM "s_users_stored" AS "stored"
  UNION ALL
  SELECT "hk_user_id", "hashdiff_s_users", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "s_users_stored" AS stored
    WHERE stored."hk_user_id" = candidate."hk_user_id"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "hk_user_id",
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
)
SELECT "hk_user_id", "load_dt", "row_no"
FROM "compared"
WHERE "row_no" > 0
  AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff");

DROP TABLE IF EXISTS v_temp_schema."s_users_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "s_users_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT known."hk_user_id", known."row_no"
FROM "stage"."users" AS known
WHERE known."hk_user_id" IN (SELECT "hk_user_id" FROM "s_users_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_users_changed" AS changed
    WHERE changed."hk_user_id" = known."hk_user_id"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_users')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_users' AS "entity",
  'users' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_user_id' AS "column_name",
  'duplicate key' AS "reason",
  CAST("id" AS VARCHAR(11)) || '|' || COALESCE(REPLACE(REPLACE("country", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("zip", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("height" AS VARCHAR(5)), '\N') || '|' || COALESCE(TO_CHAR("born", 'YYYY-MM-DD'), '\N') || '|' || COALESCE(CASE WHEN "active" THEN 'true' WHEN NOT "active" THEN 'false' END, '\N') AS "record"
FROM "stage"."users" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "s_users_unkept");

-- The timeline rule: a staged row is kept when it differs from the row before it on its key's
-- line of stored and staged rows. Only the keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_users')*/ INTO "vault"."s_users" (
  "hk_user_id",
  "name",
  "height",
  "born",
  "active",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_user_id",
  staged."name",
  staged."height",
  staged."born",
  staged."active",
  staged."hashdiff_s_users",
  staged."load_dt",
  staged."load_src"
FROM "stage"."users" AS staged
WHERE staged."hk_user_id" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "s_users_nothing_new" AS nothing_new
    WHERE nothing_new."hk_user_id" = staged."hk_user_id"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_users');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_users_history" AS
SELECT
  "hk_user_id",
  "name",
  "height",
  "born",
  "active",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_user_id" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_users";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_users_current" AS
SELECT
  "hk_user_id",
  "name",
  "height",
  "born",
  "active",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_users_history"
WHERE "is_current";
