-- hub h_users: rendered by dv-gen from metadata/users.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_login" UUID NOT NULL,
  "login" VARCHAR(30),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_users" (
  "hk_login",
  "login",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_login" ORDER BY "load_dt", "load_src", "login" NULLS LAST) AS "place no"
    FROM "stage"."users"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_login",
  "login",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_login" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_login" NOT IN (
    SELECT known."hk_login"
    FROM "vault"."h_users" AS known
    WHERE known."hk_login" IN (SELECT "hk_login" FROM "stage"."users")
  );
