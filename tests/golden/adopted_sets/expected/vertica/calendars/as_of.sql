-- calendar as_of: rendered by dv-gen from metadata/model.yml:60.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "raw_vault"."as_of" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

-- As-of dates that are new; the old ones stay.
INSERT /*+LABEL('dv_gen:as_of')*/ INTO "raw_vault"."as_of" (
  "as_of_dt"
)
SELECT DISTINCT "as_of_dt"
FROM (
  SELECT TIMESTAMP '2024-01-01 23:59:59.999999' AS "as_of_dt"
) AS "moments"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "raw_vault"."as_of");
