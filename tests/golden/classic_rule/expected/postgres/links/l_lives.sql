-- link l_lives: rendered by dv-gen from metadata/users.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lives" (
  "hk_l_lives" UUID NOT NULL,
  "hk_user_id" UUID NOT NULL,
  "hk_country_zip" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_lives")
);

SELECT "dv_meta"."lift_key"('"vault"."l_lives"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_lives" (
  "hk_l_lives",
  "hk_user_id",
  "hk_country_zip",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_lives" ORDER BY "load_dt", "load_src", "hk_user_id", "hk_country_zip") AS "place no"
    FROM "stage"."users"
    WHERE "hk_l_lives" IN (SELECT "hk_l_lives" FROM "stage"."users" GROUP BY "hk_l_lives" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_lives",
  "hk_user_id",
  "hk_country_zip",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_l_lives" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_lives" NOT IN (
    SELECT known."hk_l_lives"
    FROM "vault"."l_lives" AS known
    WHERE known."hk_l_lives" IN (SELECT "hk_l_lives" FROM "stage"."users")
  );

SELECT "dv_meta"."put_key"('"vault"."l_lives"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_lives" ("hk_l_lives", "hk_user_id", "hk_country_zip", "load_dt", "load_src");
