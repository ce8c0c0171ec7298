-- satellite s_auth_history: rendered by dv-gen 0.1.0 from metadata/vault/social.yml:22.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_auth_history" (
  "hk_group_log_id" UUID NOT NULL,
  "user_id_from" INTEGER,
  "event" VARCHAR(20),
  "event_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT INTO "vault"."s_auth_history" (
  "hk_group_log_id",
  "user_id_from",
  "event",
  "event_dt",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_group_log_id" ORDER BY "load_dt", "row_no" ASC) AS "place no"
    FROM "stage"."group_log"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."group_log_repeats")
  ) AS placed
  WHERE "place no" > 1
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
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_group_log_id" NOT IN (
    SELECT known."hk_group_log_id"
    FROM "vault"."s_auth_history" AS known
    WHERE known."hk_group_log_id" IN (SELECT "hk_group_log_id" FROM "stage"."group_log")
  );
