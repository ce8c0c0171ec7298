-- hub h_users: rendered by dv-gen from metadata/users.yml:10.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."h_users" (
  "hub_login" CHAR(64) NOT NULL,
  "login" VARCHAR(80),
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hub_login") DISABLED
)
ORDER BY "hub_login"
SEGMENTED BY HASH("hub_login") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_users')*/ INTO "dwh"."h_users" (
  "hub_login",
  "login",
  "ldts",
  "rsrc"
)
SELECT
  "hub_login",
  "login",
  "ldts",
  "rsrc"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hub_login"
      ORDER BY "ldts", "feed no", "rsrc", "login" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT
      "hub_login",
      "login",
      "ldts",
      "rsrc",
      1 AS "feed no"
    FROM "dwh_stage"."users"
    WHERE "hub_login" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hub_login_inviter" AS "hub_login",
      "invited_by" AS "login",
      "ldts",
      "rsrc",
      2 AS "feed no"
    FROM "dwh_stage"."users" AS staged
    WHERE "hub_login_inviter" IS NOT NULL
      AND NOT EXISTS (
        SELECT 1
        FROM "dwh_stage"."users" AS better
        WHERE better."hub_login" = staged."hub_login_inviter"
          AND better."ldts" = staged."ldts"
      )
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "dwh"."h_users" AS known
    WHERE known."hub_login" = staged."hub_login"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('dwh.h_users');
