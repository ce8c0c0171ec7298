-- satellite s_auth_history: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_auth_history" (
  "hk_group_log_id" VARBINARY(16) NOT NULL,
  "user_id_from" INTEGER,
  "event" VARCHAR(80),
  "event_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_group_log_id") DISABLED
)
ORDER BY "hk_group_log_id"
SEGMENTED BY HASH("hk_group_log_id") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

DROP TABLE IF EXISTS v_temp_schema."s_auth_history_repeats";

CREATE LOCAL TEMPORARY TABLE "s_auth_history_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_group_log_id" ORDER BY "load_dt", "row_no" ASC) AS "place no"
  FROM "stage"."group_log"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
) AS placed
WHERE "place no" > 1;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT /*+LABEL('dv_gen:s_auth_history')*/ INTO "vault"."s_auth_history" (
  "hk_group_log_id",
  "user_id_from",
  "event",
  "event_dt",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_group_log_id",
  staged."user_id_from",
  staged."event",
  staged."datetime",
  staged."load_dt",
  staged."load_src"
FROM "stage"."group_log" AS staged
WHERE "hk_group_log_id" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "s_auth_history_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."s_auth_history" AS known
    WHERE known."hk_group_log_id" = staged."hk_group_log_id"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_auth_history');
