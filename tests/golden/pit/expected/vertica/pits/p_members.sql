-- pit p_members: rendered by dv-gen from metadata/model.yml:35.
-- Edit the metadata or the templates, not this file.

-- The as-of dates that the rows are made for, also those at which no key was known yet.
CREATE TABLE IF NOT EXISTS "vault"."p_members_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

CREATE TABLE IF NOT EXISTS "vault"."p_members" (
  "as_of_dt" TIMESTAMP NOT NULL,
  "hk_l_members" VARBINARY(16) NOT NULL,
  "s_members_key" VARBINARY(16) NOT NULL,
  "s_members_load_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("hk_l_members", "as_of_dt") DISABLED
)
ORDER BY "hk_l_members", "as_of_dt"
SEGMENTED BY HASH("hk_l_members") ALL NODES
PARTITION BY "as_of_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("as_of_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."p_members_fresh";

DROP TABLE IF EXISTS v_temp_schema."p_members_arrived";

CREATE LOCAL TEMPORARY TABLE "p_members_arrived" ON COMMIT PRESERVE ROWS AS
SELECT "hk_l_members", "load_dt"
FROM "stage"."members"
WHERE "hk_l_members" IS NOT NULL;

DROP TABLE IF EXISTS v_temp_schema."p_members_news";

CREATE LOCAL TEMPORARY TABLE "p_members_news" ON COMMIT PRESERVE ROWS AS
WITH
"left_out" AS (
  SELECT unfinished."batch_id"
  FROM "dv_meta"."unfinished_file" AS unfinished
  JOIN "dv_meta"."step_result" AS done
    ON done."batch_id" = unfinished."batch_id"
  WHERE done."step" IN ('load:l_members', 'load:s_members')
    AND done."status" = 'done'
    AND unfinished."batch_id" NOT IN (
      SELECT "batch_id"
      FROM "dv_meta"."step_result"
      WHERE "step" = 'load:p_members'
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
  SELECT "load_dt" FROM "p_members_arrived"
  UNION ALL
  SELECT TIMESTAMP '0001-01-01 00:00:00' FROM "left_out"
) AS told;

DROP TABLE IF EXISTS v_temp_schema."p_members_touched";

CREATE LOCAL TEMPORARY TABLE "p_members_touched" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT arrived."hk_l_members"
FROM "p_members_arrived" AS arrived
CROSS JOIN "p_members_news" AS news
WHERE news."since" <= (SELECT MAX("as_of_dt") FROM "vault"."p_members_dates" WHERE EXISTS (SELECT 1 FROM "vault"."p_members"));

DROP TABLE IF EXISTS v_temp_schema."p_members_held";

CREATE LOCAL TEMPORARY TABLE "p_members_held" ON COMMIT PRESERVE ROWS AS
SELECT
  "as_of_dt",
  "hk_l_members",
  "s_members_load_dt"
FROM "vault"."p_members"
WHERE "hk_l_members" IN (SELECT "hk_l_members" FROM "p_members_touched")
  AND "as_of_dt" >= (SELECT "since" FROM "p_members_news");

DROP TABLE IF EXISTS v_temp_schema."p_members_moments";

CREATE LOCAL TEMPORARY TABLE "p_members_moments" ON COMMIT PRESERVE ROWS AS
WITH
"born" AS (
  SELECT moment."as_of_dt", parent."hk_l_members"
  FROM "vault"."l_members" AS parent
  JOIN "vault"."p_members_dates" AS moment ON moment."as_of_dt" >= parent."load_dt"
  WHERE parent."hk_l_members" IN (SELECT "hk_l_members" FROM "p_members_touched")
    AND parent."load_dt" >= (SELECT "since" FROM "p_members_news")
)
SELECT
  "as_of_dt",
  "hk_l_members",
  1 AS "is_held",
  "s_members_load_dt"
FROM "p_members_held" AS "held"
UNION ALL
SELECT
  born."as_of_dt",
  born."hk_l_members",
  0 AS "is_held",
  TIMESTAMP '0001-01-01 00:00:00' AS "s_members_load_dt"
FROM "born" AS born
LEFT JOIN "p_members_held" AS held
  ON held."hk_l_members" = born."hk_l_members"
  AND held."as_of_dt" = born."as_of_dt"
WHERE held."hk_l_members" IS NULL;

-- Of the keys that this batch has brought, the rows that are missing or point to an older row
-- than they should. What the PIT holds was right before the batch, so that only rows with the
-- batch's load dates can be news, unless an earlier batch has left the PIT out.
CREATE LOCAL TEMPORARY TABLE "p_members_fresh" ON COMMIT PRESERVE ROWS AS
WITH
"newest 1" AS (
  SELECT moment."as_of_dt", moment."hk_l_members", MAX(satellite."load_dt") AS "load_dt"
  FROM "p_members_moments" AS moment
  JOIN "vault"."s_members" AS satellite
    ON satellite."hk_l_members" = moment."hk_l_members"
    AND satellite."load_dt" <= moment."as_of_dt"
  WHERE satellite."load_dt" >= (SELECT "since" FROM "p_members_news")
    AND satellite."load_dt" > moment."s_members_load_dt"
  GROUP BY moment."as_of_dt", moment."hk_l_members"
),
"pointed" AS (
  SELECT
    moment."as_of_dt",
    moment."hk_l_members",
    COALESCE(newest_1."load_dt", moment."s_members_load_dt") AS "s_members_load_dt"
  FROM "p_members_moments" AS moment
  LEFT JOIN "newest 1" AS newest_1
    ON newest_1."hk_l_members" = moment."hk_l_members"
    AND newest_1."as_of_dt" = moment."as_of_dt"
  WHERE moment."is_held" = 0
    OR newest_1."load_dt" IS NOT NULL
)
SELECT
  "as_of_dt",
  "hk_l_members",
  CASE WHEN "s_members_load_dt" = TIMESTAMP '0001-01-01 00:00:00' THEN HEX_TO_BINARY('00000000000000000000000000000000') ELSE "hk_l_members" END AS "s_members_key",
  "s_members_load_dt"
FROM "pointed";

DELETE /*+LABEL('dv_gen:p_members')*/ FROM "vault"."p_members"
WHERE "hk_l_members" IN (SELECT "hk_l_members" FROM "p_members_fresh")
  AND ("as_of_dt", "hk_l_members") IN (SELECT "as_of_dt", "hk_l_members" FROM "p_members_fresh");

INSERT /*+LABEL('dv_gen:p_members')*/ INTO "vault"."p_members" (
  "as_of_dt",
  "hk_l_members",
  "s_members_key",
  "s_members_load_dt"
)
SELECT
  "as_of_dt",
  "hk_l_members",
  "s_members_key",
  "s_members_load_dt"
FROM "p_members_fresh";

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.p_members');

DROP TABLE IF EXISTS v_temp_schema."p_members_missing";

CREATE LOCAL TEMPORARY TABLE "p_members_missing" ON COMMIT PRESERVE ROWS AS
SELECT "as_of_dt"
FROM "vault"."closings"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."p_members_dates" WHERE EXISTS (SELECT 1 FROM "vault"."p_members"));

-- The rows of as-of dates that the calendar has gained: every key that was known by then.
INSERT /*+LABEL('dv_gen:p_members')*/ INTO "vault"."p_members" (
  "as_of_dt",
  "hk_l_members",
  "s_members_key",
  "s_members_load_dt"
)
SELECT
  moment."as_of_dt",
  moment."hk_l_members",
  CASE WHEN newest_1."load_dt" IS NULL THEN HEX_TO_BINARY('00000000000000000000000000000000') ELSE moment."hk_l_members" END AS "s_members_key",
  COALESCE(newest_1."load_dt", TIMESTAMP '0001-01-01 00:00:00') AS "s_members_load_dt"
FROM (
  SELECT missing."as_of_dt", parent."hk_l_members"
  FROM "vault"."l_members" AS parent
  JOIN "p_members_missing" AS missing ON missing."as_of_dt" >= parent."load_dt"
  WHERE parent."load_dt" <= (SELECT MAX("as_of_dt") FROM "p_members_missing" AS "missing")
) AS moment
LEFT JOIN (
  SELECT missing."as_of_dt", satellite."hk_l_members", MAX(satellite."load_dt") AS "load_dt"
  FROM "vault"."s_members" AS satellite
  JOIN "p_members_missing" AS missing ON missing."as_of_dt" >= satellite."load_dt"
  WHERE satellite."load_dt" <= (SELECT MAX("as_of_dt") FROM "p_members_missing" AS "missing")
  GROUP BY missing."as_of_dt", satellite."hk_l_members"
) AS newest_1
  ON newest_1."hk_l_members" = moment."hk_l_members"
  AND newest_1."as_of_dt" = moment."as_of_dt";

INSERT /*+LABEL('dv_gen:p_members_dates')*/ INTO "vault"."p_members_dates" (
  "as_of_dt"
)
SELECT "as_of_dt"
FROM "vault"."closings"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."p_members_dates");
