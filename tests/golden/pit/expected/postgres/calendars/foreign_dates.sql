-- calendar foreign_dates: rendered by dv-gen from metadata/model.yml:31.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."foreign_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt")
);

-- As-of dates that are new; the old ones stay.
INSERT INTO "vault"."foreign_dates" (
  "as_of_dt"
)
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
),
"days" AS (
  SELECT
    newest."day" - ("ones"."digit" + 10 * "tens"."digit" + 100 * "hundreds"."digit") AS "day"
  FROM "newest" AS newest
  CROSS JOIN "digits" AS "ones"
  CROSS JOIN "digits" AS "tens"
  CROSS JOIN "digits" AS "hundreds"
),
"window_days" AS (
  SELECT "day"
  FROM (
    SELECT "day", ROW_NUMBER() OVER (ORDER BY "day" DESC) AS "place"
    FROM "days"
    WHERE EXTRACT(DAY FROM "day") = 1
  ) AS monthly
  WHERE "place" <= 3
),
"moments" AS (
  -- A day stands for its last microsecond.
  SELECT CAST("day" + 1 AS TIMESTAMP) + -1 * INTERVAL '1 microsecond' AS "as_of_dt"
  FROM "window_days"
  UNION ALL
  SELECT CAST("closed_on" AS TIMESTAMP) AS "as_of_dt"
  FROM "finance"."closing"
  WHERE "closed_on" IS NOT NULL
)
SELECT DISTINCT "as_of_dt"
FROM "moments"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."foreign_dates");
