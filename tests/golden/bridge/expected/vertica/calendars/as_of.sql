-- calendar as_of: rendered by dv-gen from metadata/model.yml:32.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."as_of" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."as_of_days";

CREATE LOCAL TEMPORARY TABLE "as_of_days" ON COMMIT PRESERVE ROWS AS
WITH
-- The day of the newest load date; the batch that is being loaded counts.
"newest" AS (
  SELECT "day"
  FROM (
    SELECT CAST(MAX("load_dt") AS DATE) AS "day"
    FROM "dv_meta"."batch"
    WHERE "batch_id" IN (
      SELECT "batch_id" FROM "dv_meta"."open_batch"
      UNION ALL
      SELECT "batch_id" FROM "dv_meta"."batch_end" WHERE "status" = 'done'
    )
  ) AS last_load
  WHERE "day" IS NOT NULL
),
"digits" AS (
  SELECT 0 AS "digit"
  UNION ALL SELECT 1
  UNION ALL SELECT 2
  UNION ALL SELECT 3
  UNION ALL SELECT 4
  UNION ALL SELECT 5
  UNION ALL SELECT 6
  UNION ALL SELECT 7
  UNION ALL SELECT 8
  UNION ALL SELECT 9
)
SELECT
  newest."day" - ("ones"."digit" + 10 * "tens"."digit" + 100 * "hundreds"."digit") AS "day"
FROM "newest" AS newest
CROSS JOIN "digits" AS "ones"
CROSS JOIN "digits" AS "tens"
CROSS JOIN "digits" AS "hundreds";

-- As-of dates that are new; the old ones stay.
INSERT /*+LABEL('dv_gen:as_of')*/ INTO "vault"."as_of" (
  "as_of_dt"
)
SELECT DISTINCT "as_of_dt"
FROM (
  -- A day stands for its last microsecond.
  SELECT TIMESTAMPADD('MICROSECOND', -1, CAST("day" + 1 AS TIMESTAMP)) AS "as_of_dt"
  FROM (
    SELECT "day"
    FROM (
      SELECT "day", ROW_NUMBER() OVER (ORDER BY "day" DESC) AS "place"
      FROM "as_of_days"
    ) AS daily
    WHERE "place" <= 30
    UNION ALL
    SELECT "day"
    FROM (
      SELECT "day", ROW_NUMBER() OVER (ORDER BY "day" DESC) AS "place"
      FROM "as_of_days"
      WHERE EXTRACT(DAY FROM "day" + 1) = 1
    ) AS monthly
    WHERE "place" <= 12
  ) AS "window_days"
) AS "moments"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."as_of");
