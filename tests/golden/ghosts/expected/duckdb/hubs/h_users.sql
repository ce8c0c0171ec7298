-- hub h_users: rendered by dv-gen from metadata/model.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_user_no" UUID NOT NULL,
  "user_no" VARCHAR(20),
  "born" DATE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT INTO "vault"."h_users" (
  "hk_user_no",
  "user_no",
  "born",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_user_no",
  CAST(NULL AS VARCHAR(20)) AS "user_no",
  CAST(NULL AS DATE) AS "born",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT UNHEX('00000000000000000000000000000000')::UUID AS "key"
  UNION ALL
  SELECT UNHEX('ffffffffffffffffffffffffffffffff')::UUID AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_user_no"
  FROM "vault"."h_users" AS known
  WHERE known."hk_user_no" IN (UNHEX('00000000000000000000000000000000')::UUID, UNHEX('ffffffffffffffffffffffffffffffff')::UUID)
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_users" (
  "hk_user_no",
  "user_no",
  "born",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_user_no" ORDER BY "load_dt", "load_src", "user_no" NULLS LAST, "born" NULLS LAST) AS "place no"
    FROM "stage"."users"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_user_no",
  "user_no",
  "born",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_user_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_user_no" NOT IN (
    SELECT known."hk_user_no"
    FROM "vault"."h_users" AS known
    WHERE known."hk_user_no" IN (SELECT "hk_user_no" FROM "stage"."users")
  );
