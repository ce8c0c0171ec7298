-- link l_bosses: rendered by dv-gen from metadata/model.yml:20.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_bosses" (
  "key_l_bosses" VARCHAR(129) NOT NULL,
  "user_id" INTEGER NOT NULL,
  "user_id_boss" INTEGER NOT NULL,
  "key_country_city" VARCHAR(105) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_bosses" (
  "key_l_bosses",
  "user_id",
  "user_id_boss",
  "key_country_city",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "key_l_bosses" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."users"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "key_l_bosses",
  "key_user_id" AS "user_id",
  "key_user_id_boss" AS "user_id_boss",
  "key_country_city",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "key_l_bosses" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "key_l_bosses" NOT IN (
    SELECT known."key_l_bosses"
    FROM "vault"."l_bosses" AS known
    WHERE known."key_l_bosses" IN (SELECT "key_l_bosses" FROM "stage"."users")
  );
