-- satellite s_suffers: rendered by dv-gen from metadata/log.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_suffers" (
  "hk_user_id" UUID NOT NULL,
  "suffered" VARCHAR(20) COLLATE "C",
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_user_id")
);

SELECT "dv_meta"."lift_key"('"vault"."s_suffers"');

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT INTO "vault"."s_suffers" (
  "hk_user_id",
  "suffered",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_user_id_target" ORDER BY "load_dt", "row_no" ASC) AS "place no"
    FROM "stage"."log"
    WHERE "hk_user_id_target" IN (SELECT "hk_user_id_target" FROM "stage"."log" GROUP BY "hk_user_id_target" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  staged."hk_user_id_target",
  staged."what",
  staged."load_dt",
  staged."load_src"
FROM "stage"."log" AS staged
WHERE "hk_user_id_target" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_user_id_target" NOT IN (
    SELECT known."hk_user_id"
    FROM "vault"."s_suffers" AS known
    WHERE known."hk_user_id" IN (SELECT "hk_user_id_target" FROM "stage"."log")
  );

SELECT "dv_meta"."put_key"('"vault"."s_suffers"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_suffers" ("hk_user_id", "suffered", "load_dt", "load_src");
