-- pit p_members: rendered by dv-gen from metadata/model.yml:35.
-- Edit the metadata or the templates, not this file.

-- The as-of dates that the rows are made for, also those at which no key was known yet.
CREATE TABLE IF NOT EXISTS "vault"."p_members_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt")
);

CREATE TABLE IF NOT EXISTS "vault"."p_members" (
  "as_of_dt" TIMESTAMP NOT NULL,
  "hk_l_members" UUID NOT NULL,
  "s_members_key" UUID NOT NULL,
  "s_members_load_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("hk_l_members", "as_of_dt")
);

SELECT "dv_meta"."lift_key"('"vault"."p_members"');

DROP TABLE IF EXISTS pg_temp."p_members_fresh";

-- Of the keys that this batch has brought, the rows that are missing or point to an older row
-- than they should. What the PIT holds was right before the batch, so that only rows with the
-- batch's load dates can be news, unless an earlier batch has left the PIT out.
CREATE TEMPORARY TABLE "p_members_fresh" ON COMMIT DROP AS
WITH
"arrived" AS (
  SELECT "hk_l_members", "load_dt"
  FROM "stage"."members"
  WHERE "hk_l_members" IS NOT NULL
),
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
),
"news" AS (
  SELECT MIN("load_dt") AS "since"
  FROM (
    SELECT "load_dt" FROM "arrived"
    UNION ALL
    SELECT TIMESTAMP '0001-01-01 00:00:00' FROM "left_out"
  ) AS told
),
"touched" AS (
  SELECT DISTINCT arrived."hk_l_members"
  FROM "arrived" AS arrived
  CROSS JOIN "news" AS news
  WHERE news."since" <= (SELECT MAX("as_of_dt") FROM "vault"."p_members_dates" WHERE EXISTS (SELECT 1 FROM "vault"."p_members"))
),
"held" AS (
  SELECT
    "as_of_dt",
    "hk_l_members",
    "s_members_load_dt"
  FROM "vault"."p_members"
  WHERE "hk_l_members" IN (SELECT "hk_l_members" FROM "touched")
    AND "as_of_dt" >= (SELECT "since" FROM "news")
),
"born" AS (
  SELECT moment."as_of_dt", parent."hk_l_members"
  FROM "vault"."l_members" AS parent
  JOIN "vault"."p_members_dates" AS moment ON moment."as_of_dt" >= parent."load_dt"
  WHERE parent."hk_l_members" IN (SELECT "hk_l_members" FROM "touched")
    AND parent."load_dt" >= (SELECT "since" FROM "news")
),
"moments" AS (
  SELECT
    "as_of_dt",
    "hk_l_members",
    1 AS "is_held",
    "s_members_load_dt"
  FROM "held"
  UNION ALL
  SELECT
    born."as_of_dt",
    born."hk_l_members",
    0 AS "is_held",
    TIMESTAMP '0001-01-01 00:00:00' AS "s_members_load_dt"
  FROM "born" AS born
  LEFT JOIN "held" AS held
    ON held."hk_l_members" = born."hk_l_members"
    AND held."as_of_dt" = born."as_of_dt"
  WHERE held."hk_l_members" IS NULL
),
"newest 1" AS (
  SELECT moment."as_of_dt", moment."hk_l_members", MAX(satellite."load_dt") AS "load_dt"
  FROM "moments" AS moment
  JOIN "vault"."s_members" AS satellite
    ON satellite."hk_l_members" = moment."hk_l_members"
    AND satellite."load_dt" <= moment."as_of_dt"
  WHERE satellite."load_dt" >= (SELECT "since" FROM "news")
    AND satellite."load_dt" > moment."s_members_load_dt"
  GROUP BY moment."as_of_dt", moment."hk_l_members"
),
"pointed" AS (
  SELECT
    moment."as_of_dt",
    moment."hk_l_members",
    COALESCE(newest_1."load_dt", moment."s_members_load_dt") AS "s_members_load_dt"
  FROM "moments" AS moment
  LEFT JOIN "newest 1" AS newest_1
    ON newest_1."hk_l_members" = moment."hk_l_members"
    AND newest_1."as_of_dt" = moment."as_of_dt"
  WHERE moment."is_held" = 0
    OR newest_1."load_dt" IS NOT NULL
)
SELECT
  "as_of_dt",
  "hk_l_members",
  CASE WHEN "s_members_load_dt" = TIMESTAMP '0001-01-01 00:00:00' THEN '00000000000000000000000000000000'::UUID ELSE "hk_l_members" END AS "s_members_key",
  "s_members_load_dt"
FROM "pointed";

DELETE FROM "vault"."p_members"
WHERE "hk_l_members" IN (SELECT "hk_l_members" FROM "p_members_fresh")
  AND ("as_of_dt", "hk_l_members") IN (SELECT "as_of_dt", "hk_l_members" FROM "p_members_fresh");

INSERT INTO "vault"."p_members" (
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

SELECT "dv_meta"."put_key"('"vault"."p_members"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."p_members" ("as_of_dt", "hk_l_members", "s_members_key", "s_members_load_dt");

-- The rows of as-of dates that the calendar has gained: every key that was known by then.
INSERT INTO "vault"."p_members" (
  "as_of_dt",
  "hk_l_members",
  "s_members_key",
  "s_members_load_dt"
)
WITH
"missing" AS (
  SELECT "as_of_dt"
  FROM "vault"."closings"
  WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."p_members_dates" WHERE EXISTS (SELECT 1 FROM "vault"."p_members"))
),
"moments" AS (
  SELECT missing."as_of_dt", parent."hk_l_members"
  FROM "vault"."l_members" AS parent
  JOIN "missing" AS missing ON missing."as_of_dt" >= parent."load_dt"
  WHERE parent."load_dt" <= (SELECT MAX("as_of_dt") FROM "missing")
),
"newest 1" AS (
  SELECT missing."as_of_dt", satellite."hk_l_members", MAX(satellite."load_dt") AS "load_dt"
  FROM "vault"."s_members" AS satellite
  JOIN "missing" AS missing ON missing."as_of_dt" >= satellite."load_dt"
  WHERE satellite."load_dt" <= (SELECT MAX("as_of_dt") FROM "missing")
  GROUP BY missing."as_of_dt", satellite."hk_l_members"
)
SELECT
  moment."as_of_dt",
  moment."hk_l_members",
  CASE WHEN newest_1."load_dt" IS NULL THEN '00000000000000000000000000000000'::UUID ELSE moment."hk_l_members" END AS "s_members_key",
  COALESCE(newest_1."load_dt", TIMESTAMP '0001-01-01 00:00:00') AS "s_members_load_dt"
FROM "moments" AS moment
LEFT JOIN "newest 1" AS newest_1
  ON newest_1."hk_l_members" = moment."hk_l_members"
  AND newest_1."as_of_dt" = moment."as_of_dt";

INSERT INTO "vault"."p_members_dates" (
  "as_of_dt"
)
SELECT "as_of_dt"
FROM "vault"."closings"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."p_members_dates");
