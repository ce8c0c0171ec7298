-- calendar foreign_dates: rendered by dv-gen from metadata/model.yml:31.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."foreign_dates" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

-- As-of dates that are new; the old ones stay.
INSERT /*+LABEL('dv_gen:foreign_dates')*/ INTO "vault"."foreign_dates" (
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
      FROM (
        SELECT
          newest."day" - ("ones"."digit" + 10 * "tens"."digit" + 100 * "hundreds"."digit") AS "day"
        FROM (
          -- The day of the newest load date; the batch that is being loaded counts.
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
        ) AS newest
        CROSS JOIN (
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
        ) AS "ones"
        CROSS JOIN (
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
        ) AS "tens"
        CROSS JOIN (
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
        ) AS "hundreds"
      ) AS "days"
      WHERE EXTRACT(DAY FROM "day") = 1
    ) AS monthly
    WHERE "place" <= 3
  ) AS "window_days"
  UNION ALL
  SELECT CAST("closed_on" AS TIMESTAMP) AS "as_of_dt"
  FROM "finance"."closing"
  WHERE "closed_on" IS NOT NULL
) AS "moments"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."foreign_dates");
