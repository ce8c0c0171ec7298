-- calendar quarters: rendered by dv-gen from metadata/model.yml:29.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."quarters" (
  "as_of_dt" TIMESTAMP NOT NULL,
  PRIMARY KEY ("as_of_dt") DISABLED
)
ORDER BY "as_of_dt"
UNSEGMENTED ALL NODES;

-- As-of dates that are new; the old ones stay.
INSERT /*+LABEL('dv_gen:quarters')*/ INTO "vault"."quarters" (
  "as_of_dt"
)
SELECT DISTINCT "as_of_dt"
FROM (
  SELECT TIMESTAMP '2024-03-31 23:59:59.999999' AS "as_of_dt"
  UNION ALL
  SELECT TIMESTAMP '2024-06-30 18:00:00.000000'
) AS "moments"
WHERE "as_of_dt" NOT IN (SELECT "as_of_dt" FROM "vault"."quarters");
