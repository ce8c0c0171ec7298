-- pit p_users: rendered by dv-gen from metadata/model.yml:34.
-- Edit the metadata or the templates, not this file.

-- The as-of dates that the rows are made for, also those at which no key was known yet.
CREATE TABLE IF NOT EXISTS "vault"."p_users_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

CREATE TABLE IF NOT EXISTS "vault"."p_users" (
  "as_of_dt" TIMESTAMP NOT NULL,
  "hk_user_id" VARBINARY(16) NOT NULL,
  "s_users_key" VARBINARY(16) NOT NULL,
  "s_users_load_dt" TIMESTAMP NOT NULL,
  "s_profiles_key" VARBINARY(16) NOT NULL,
  "s_profiles_load_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("hk_user_id", "as_of_dt") DISABLED
)
ORDER BY "hk_user_id", "as_of_dt"
SEGMENTED BY HASH("hk_user_id") ALL NODES
PARTITION BY "as_of_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("as_of_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."p_users_fresh";

DROP TABLE IF EXISTS v_temp_schema."p_users_arrived";

CREATE LOCAL TEMPORARY TABLE "p_users_arrived" ON COMMIT PRESERVE ROWS AS
SELECT "hk_user_id", "load_dt"
FROM "stage"."users"
WHERE "hk_user_id" IS NOT NULL
UNION ALL
SELECT "hk_user_id", "load_dt"
FROM "stage"."profiles"
WHERE "hk_user_id" IS NOT NULL
UNION ALL
SELECT "hk_user_id", "load_dt"
FROM "stage"."members"
WHERE "hk_user_id" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."p_users_news";

CREATE LOCAL TEMPORARY TABLE "p_users_news" ON COMMIT PRESERVE ROWS AS
WITH
"left_out" AS (
  SELECT unfinished."batch_id"
  FROM "dv_meta"."unfinished_file" AS unfinished
  JOIN "dv_meta"."step_result" AS done
    ON done."batch_id" = unfinished."batch_id"
  WHERE done."step" IN ('load:h_users', 'load:s_users', 'load:s_profiles')
    AND done."status" = 'done'
    AND unfinished."batch_id" NOT IN (
      SELECT "batch_id"
      FROM "dv_meta"."step_result"
      WHERE "step" = 'load:p_users'
        AND "status" = 'done'
    )
  UNION ALL
  -- One that was given up between two periods has them in the names of its steps.
  SELECT unfinished."batch_id"
  FROM "dv_meta"."unfinished_file" AS unfinished
  JOIN "dv_meta"."batch" AS batch ON batch."batch_id" = unfinished."batch_id"
  WHERE batch."by_period" <> ''
)
SELECT MIN("load_dt") AS "since"
FROM (
  SELECT "load_dt" FROM "p_users_arrived"
  UNION ALL
  SELECT TIMESTAMP '0001-01-01 00:00:00' FROM "left_out"
) AS told;

DROP TABLE IF EXISTS v_temp_schema."p_users_touched";

CREATE LOCAL TEMPORARY TABLE "p_users_touched" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT arrived."hk_user_id"
FROM "p_users_arrived" AS arrived
CROSS JOIN "p_users_news" AS news
WHERE news."since" <= (SELECT MAX("as_of_dt") FROM "vault"."p_users_dates" WHERE EXISTS (SELECT 1 FROM "vault"."p_users"));

DROP TABLE IF EXISTS v_temp_schema."p_users_held";

CREATE LOCAL TEMPORARY TABLE "p_users_held" ON COMMIT PRESERVE ROWS AS
SELECT
  "as_of_dt",
  "hk_user_id",
  "s_users_load_dt",
  "s_profiles_load_dt"
FROM "vault"."p_users"
WHERE "hk_user_id" IN (SELECT "hk_user_id" FROM "p_users_touched")
  AND "as_of_dt" >= (SELECT "since" FROM "p_users_news");

DROP TABLE IF EXISTS v_temp_schema."p_users_moments";

CREATE LOCAL TEMPORARY TABLE "p_users_moments" ON COMMIT PRESERVE ROWS AS
WITH
"born" AS (
  SELECT moment."as_of_dt", parent."hk_user_id"
  FROM "vault"."h_users" AS parent
  JOIN "vault"."p_users_dates" AS moment ON moment."as_of_dt" >= parent."load_dt"
  WHERE parent."hk_user_id" IN (SELECT "hk_user_id" FROM "p_users_touched")
    AND parent."load_dt" >= (SELECT "since" FROM "p_users_news")
)
SELECT
  "as_of_dt",
  "hk_user_id",
  1 AS "is_held",
  "s_users_load_dt",
  "s_profiles_load_dt"
FROM "p_users_held" AS "held"
UNION ALL
SELECT
  born."as_of_dt",
  born."hk_user_id",
  0 AS "is_held",
  TIMESTAMP '0001-01-01 00:00:00' AS "s_users_load_dt",
  TIMESTAMP '0001-01-01 00:00:00' AS "s_profiles_load_dt"
FROM "born" AS born
LEFT JOIN "p_users_held" AS held
  ON held."hk_user_id" = born."hk_user_id"
  AND held."as_of_dt" = born."as_of_dt"
WHERE held."hk_user_id" IS NULL;

-- Of the keys that this batch has brought, the rows that are missing or point to an older row
-- than they should. What the PIT holds was right before the batch, so that only rows with the
-- batch's load dates can be news, unless an earlier batch has left the PIT out.
CREATE LOCAL TEMPORARY TABLE "p_users_fresh" ON COMMIT PRESERVE ROWS AS
WITH
"newest 1" AS (
  SELECT moment."as_of_dt", moment."hk_user_id", MAX(satellite."load_dt") AS "load_dt"
  FROM "p_users_moments" AS moment
  JOIN "vault"."s_users" AS satellite
    ON satellite."hk_user_id" = moment."hk_user_id"
    AND satellite."load_dt" <= moment."as_of_dt"
  WHERE satellite."load_dt" >= (SELECT "since" FROM "p_users_news")
    AND satellite."load_dt" > moment."s_users_load_dt"
  GROUP BY moment."as_of_dt", moment."hk_user_id"
),
"newest 2" AS (
  SELECT moment."as_of_dt", moment."hk_user_id", MAX(satellite."load_dt") AS "load_dt"
  FROM "p_users_moments" AS moment
  JOIN "vault"."s_profiles" AS satellite
    ON satellite."hk_user_id" = moment."hk_user_id"
    AND satellite."load_dt" <= moment."as_of_dt"
  WHERE satellite."load_dt" >= (SELECT "since" FROM "p_users_news")
    AND satellite."load_dt" > moment."s_profiles_load_dt"
  GROUP BY moment."as_of_dt", moment."hk_user_id"
),
"pointed" AS (
  SELECT
    moment."as_of_dt",
    moment."hk_user_id",
    COALESCE(newest_1."load_dt", moment."s_users_load_dt") AS "s_users_load_dt",
    COALESCE(newest_2."load_dt", moment."s_profiles_load_dt") AS "s_profiles_load_dt"
  FROM "p_users_moments" AS moment
  LEFT JOIN "newest 1" AS newest_1
    ON newest_1."hk_user_id" = moment."hk_user_id"
    AND newest_1."as_of_dt" = moment."as_of_dt"
  LEFT JOIN "newest 2" AS newest_2
    ON newest_2."hk_user_id" = moment."hk_user_id"
    AND newest_2."as_of_dt" = moment."as_of_dt"
  WHERE moment."is_held" = 0
    OR newest_1."load_dt" IS NOT NULL
    OR newest_2."load_dt" IS NOT NULL
)
SELECT
  "as_of_dt",
  "hk_user_id",
  CASE WHEN "s_users_load_dt" = TIMESTAMP '0001-01-01 00:00:00' THEN HEX_TO_BINARY('00000000000000000000000000000000') ELSE "hk_user_id" END AS "s_users_key",
  "s_users_load_dt",
  CASE WHEN "s_profiles_load_dt" = TIMESTAMP '0001-01-01 00:00:00' THEN HEX_TO_BINARY('00000000000000000000000000000000') ELSE "hk_user_id" END AS "s_profiles_key",
  "s_profiles_load_dt"
FROM "pointed";

DELETE /*+LABEL('dv_gen:p_users')*/ FROM "vault"."p_users"
WHERE "hk_user_id" IN (SELECT "hk_user_id" FROM "p_users_fresh")
  AND ("as_of_dt", "hk_user_id") IN (SELECT "as_of_dt", "hk_user_id" FROM "p_users_fresh");

INSERT /*+LABEL('dv_gen:p_users')*/ INTO "vault"."p_users" (
  "as_of_dt",
  "hk_user_id",
  "s_users_key",
  "s_users_load_dt",
  "s_profiles_key",
  "s_profiles_load_dt"
)
SELECT
  "as_of_dt",
  "hk_user_id",
  "s_users_key",
  "s_users_load_dt",
  "s_profiles_key",
  "s_profiles_load_dt"
FROM "p_users_fresh";

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.p_users');

DROP TABLE IF EXISTS v_temp_schema."p_users_missing";

CREATE LOCAL TEMPORARY TABLE "p_users_missing" ON COMMIT PRESERVE ROWS AS
SELECT "as_of_dt"
FROM "vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."p_users_dates" WHERE EXISTS (SELECT 1 FROM "vault"."p_users"));

-- The rows of as-of dates that the calendar has gained: every key that was known by then.
INSERT /*+LABEL('dv_gen:p_users')*/ INTO "vault"."p_users" (
  "as_of_dt",
  "hk_user_id",
  "s_users_key",
  "s_users_load_dt",
  "s_profiles_key",
  "s_profiles_load_dt"
)
SELECT
  moment."as_of_dt",
  moment."hk_user_id",
  CASE WHEN newest_1."load_dt" IS NULL THEN HEX_TO_BINARY('00000000000000000000000000000000') ELSE moment."hk_user_id" END AS "s_users_key",
  COALESCE(newest_1."load_dt", TIMESTAMP '0001-01-01 00:00:00') AS "s_users_load_dt",
  CASE WHEN newest_2."load_dt" IS NULL THEN HEX_TO_BINARY('00000000000000000000000000000000') ELSE moment."hk_user_id" END AS "s_profiles_key",
  COALESCE(newest_2."load_dt", TIMESTAMP '0001-01-01 00:00:00') AS "s_profiles_load_dt"
FROM (
  SELECT missing."as_of_dt", parent."hk_user_id"
  FROM "vault"."h_users" AS parent
  JOIN "p_users_missing" AS missing ON missing."as_of_dt" >= parent."load_dt"
  WHERE parent."load_dt" <= (SELECT MAX("as_of_dt") FROM "p_users_missing" AS "missing")
) AS moment
LEFT JOIN (
  SELECT missing."as_of_dt", satellite."hk_user_id", MAX(satellite."load_dt") AS "load_dt"
  FROM "vault"."s_users" AS satellite
  JOIN "p_users_missing" AS missing ON missing."as_of_dt" >= satellite."load_dt"
  WHERE satellite."load_dt" <= (SELECT MAX("as_of_dt") FROM "p_users_missing" AS "missing")
  GROUP BY missing."as_of_dt", satellite."hk_user_id"
) AS newest_1
  ON newest_1."hk_user_id" = moment."hk_user_id"
  AND newest_1."as_of_dt" = moment."as_of_dt"
LEFT JOIN (
  SELECT missing."as_of_dt", satellite."hk_user_id", MAX(satellite."load_dt") AS "load_dt"
  FROM "vault"."s_profiles" AS satellite
  JOIN "p_users_missing" AS missing ON missing."as_of_dt" >= satellite."load_dt"
  WHERE satellite."load_dt" <= (SELECT MAX("as_of_dt") FROM "p_users_missing" AS "missing")
  GROUP BY missing."as_of_dt", satellite."hk_user_id"
) AS newest_2
  ON newest_2."hk_user_id" = moment."hk_user_id"
  AND newest_2."as_of_dt" = moment."as_of_dt";

INSERT /*+LABEL('dv_gen:p_users_dates')*/ INTO "vault"."p_users_dates" (
  "as_of_dt"
)
SELECT "as_of_dt"
FROM "vault"."as_of"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."p_users_dates");
