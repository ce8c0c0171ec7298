-- hub h_users: rendered by dv-gen from metadata/model.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_users" (
  "hk_user_no" VARBINARY(16) NOT NULL,
  "user_no" VARCHAR(80),
  "born" DATE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_no") DISABLED
)
ORDER BY "hk_user_no"
SEGMENTED BY HASH("hk_user_no") ALL NODES;

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT /*+LABEL('dv_gen:h_users')*/ INTO "vault"."h_users" (
  "hk_user_no",
  "user_no",
  "born",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_user_no",
  CAST(NULL AS VARCHAR(80)) AS "user_no",
  CAST(NULL AS DATE) AS "born",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT HEX_TO_BINARY('00000000000000000000000000000000') AS "key"
  UNION ALL
  SELECT HEX_TO_BINARY('ffffffffffffffffffffffffffffffff') AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_user_no"
  FROM "vault"."h_users" AS known
  WHERE known."hk_user_no" IN (HEX_TO_BINARY('00000000000000000000000000000000'), HEX_TO_BINARY('ffffffffffffffffffffffffffffffff'))
);

DROP TABLE IF EXISTS v_temp_schema."h_users_repeats";

CREATE LOCAL TEMPORARY TABLE "h_users_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_user_no" ORDER BY "load_dt", "load_src", "user_no" NULLS LAST, "born" NULLS LAST) AS "place no"
  FROM "stage"."users"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_users')*/ INTO "vault"."h_users" (
  "hk_user_no",
  "user_no",
  "born",
  "load_dt",
  "load_src"
)
SELECT
  "hk_user_no",
  "user_no",
  "born",
  "load_dt",
  "load_src"
FROM "stage"."users" AS staged
WHERE "hk_user_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_users_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_users" AS known
    WHERE known."hk_user_no" = staged."hk_user_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_users');
