-- satellite s_vips: rendered by dv-gen from metadata/model.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_vips" (
  "hk_user_no" UUID NOT NULL,
  "vip" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT INTO "vault"."s_vips" (
  "hk_user_no",
  "vip",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_user_no",
  CAST(NULL AS BOOLEAN) AS "vip",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT UNHEX('00000000000000000000000000000000')::UUID AS "key"
  UNION ALL
  SELECT UNHEX('ffffffffffffffffffffffffffffffff')::UUID AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_user_no"
  FROM "vault"."s_vips" AS known
  WHERE known."hk_user_no" IN (UNHEX('00000000000000000000000000000000')::UUID, UNHEX('ffffffffffffffffffffffffffffffff')::UUID)
    AND known."load_dt" = TIMESTAMP '0001-01-01 00:00:00'
);

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_vips' AS "entity",
  'users' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_user_no' AS "column_name",
  'no key' AS "reason",
  CONCAT_WS('|', COALESCE(CASE WHEN CONTAINS("user_no", '\') OR CONTAINS("user_no", '|') THEN REPLACE(REPLACE("user_no", '\', '\\'), '|', '\|') ELSE "user_no" END, '\N'), COALESCE(CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '\N'), COALESCE(CAST("born" AS VARCHAR), '\N'), COALESCE(CAST("vip" AS VARCHAR), '\N'), COALESCE(REGEXP_REPLACE(CAST("score" AS VARCHAR), '[.]?0+$', ''), '\N')) AS "record"
FROM "stage"."users" AS staged
WHERE staged."hk_user_no" IS NULL;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT INTO "vault"."s_vips" (
  "hk_user_no",
  "vip",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_user_no" ORDER BY "load_dt", "row_no" ASC) AS "place no"
    FROM "stage"."users"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  staged."hk_user_no",
  staged."vip",
  staged."load_dt",
  staged."load_src"
FROM "stage"."users" AS staged
WHERE "hk_user_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_user_no" NOT IN (
    SELECT known."hk_user_no"
    FROM "vault"."s_vips" AS known
    WHERE known."hk_user_no" IN (SELECT "hk_user_no" FROM "stage"."users")
  );
