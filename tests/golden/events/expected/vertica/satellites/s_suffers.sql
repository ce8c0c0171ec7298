-- satellite s_suffers: rendered by dv-gen from metadata/log.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_suffers" (
  "hk_user_id" VARBINARY(16) NOT NULL,
  "suffered" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_id") DISABLED
)
ORDER BY "hk_user_id"
SEGMENTED BY HASH("hk_user_id") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."s_suffers_repeats";

CREATE LOCAL TEMPORARY TABLE "s_suffers_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_user_id_target" ORDER BY "load_dt", "row_no" ASC) AS "place no"
  FROM "stage"."log"
  WHERE "hk_user_id_target" IN (SELECT "hk_user_id_target" FROM "stage"."log" GROUP BY "hk_user_id_target" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT /*+LABEL('dv_gen:s_suffers')*/ INTO "vault"."s_suffers" (
  "hk_user_id",
  "suffered",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_user_id_target",
  staged."what",
  staged."load_dt",
  staged."load_src"
FROM "stage"."log" AS staged
WHERE "hk_user_id_target" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "s_suffers_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."s_suffers" AS known
    WHERE known."hk_user_id" = staged."hk_user_id_target"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_suffers');
