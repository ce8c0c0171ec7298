-- link l_invited: rendered by dv-gen from metadata/users.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "dwh"."l_invited" (
  "hub_l_invited" CHAR(64) COLLATE "C" NOT NULL,
  "hub_login" CHAR(64) COLLATE "C" NOT NULL,
  "hub_login_inviter" CHAR(64) COLLATE "C" NOT NULL,
  "ldts" TIMESTAMP NOT NULL,
  "rsrc" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hub_l_invited")
);

SELECT "dwh_meta"."lift_key"('"dwh"."l_invited"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "dwh"."l_invited" (
  "hub_l_invited",
  "hub_login",
  "hub_login_inviter",
  "ldts",
  "rsrc"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hub_l_invited" ORDER BY "ldts", "rsrc") AS "place no"
    FROM "dwh_stage"."users"
    WHERE "row_no" IN (SELECT "row_no" FROM "dwh_stage"."users_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hub_l_invited",
  "hub_login",
  "hub_login_inviter",
  "ldts",
  "rsrc"
FROM "dwh_stage"."users" AS staged
WHERE "hub_l_invited" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hub_l_invited" NOT IN (
    SELECT known."hub_l_invited"
    FROM "dwh"."l_invited" AS known
    WHERE known."hub_l_invited" IN (SELECT "hub_l_invited" FROM "dwh_stage"."users")
  );

SELECT "dwh_meta"."put_key"('"dwh"."l_invited"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "dwh"."l_invited" ("hub_l_invited", "hub_login", "hub_login_inviter", "ldts", "rsrc");
