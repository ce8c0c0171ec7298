-- calendar closings: rendered by dv-gen from metadata/model.yml:30.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."closings" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

-- As-of dates that are new; the old ones stay.
INSERT /*+LABEL('dv_gen:closings')*/ INTO "vault"."closings" (
  "as_of_dt"
)
SELECT DISTINCT "as_of_dt"
FROM (
  SELECT CAST("closed_on" AS TIMESTAMP) AS "as_of_dt"
  FROM "mart"."closed_months"
  WHERE "closed_on" IS NOT NULL
) AS "moments"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."closings");
