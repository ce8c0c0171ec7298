-- hub h_users: rendered by dv-gen from metadata/model.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_user_no" UUID NOT NULL,
  "user_no" VARCHAR(20) COLLATE "C",
  "born" DATE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_user_no")
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
  SELECT '00000000000000000000000000000000'::UUID AS "key"
  UNION ALL
  SELECT 'ffffffffffffffffffffffffffffffff'::UUID AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_user_no"
  FROM "vault"."h_users" AS known
  WHERE known."hk_user_no" IN ('00000000000000000000000000000000'::UUID, 'ffffffffffffffffffffffffffffffff'::UUID)
);

SELECT "dv_meta"."lift_key"('"vault"."h_users"');

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

SELECT "dv_meta"."put_key"('"vault"."h_users"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_users" ("hk_user_no", "user_no", "born", "load_dt", "load_src");
