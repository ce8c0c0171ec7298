-- hub h_persons: rendered by dv-gen from metadata/model.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_persons" (
  "hk_person_no" UUID NOT NULL,
  "person_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_person_no")
);

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT INTO "vault"."h_persons" (
  "hk_person_no",
  "person_no",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_person_no",
  CAST(NULL AS INTEGER) AS "person_no",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT '00000000000000000000000000000000'::UUID AS "key"
  UNION ALL
  SELECT 'ffffffffffffffffffffffffffffffff'::UUID AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_person_no"
  FROM "vault"."h_persons" AS known
  WHERE known."hk_person_no" IN ('00000000000000000000000000000000'::UUID, 'ffffffffffffffffffffffffffffffff'::UUID)
);

SELECT "dv_meta"."lift_key"('"vault"."h_persons"');

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT INTO "vault"."h_persons" (
  "hk_person_no",
  "person_no",
  "load_dt",
  "load_src"
)
WITH
"staged" AS (
  SELECT
    "hk_person_no",
    "staff_no" AS "person_no",
    "load_dt",
    "load_src",
    1 AS "feed no"
  FROM "stage"."staff"
  WHERE "hk_person_no" IS NOT NULL
  UNION ALL
  SELECT DISTINCT
    "hk_person_no_boss" AS "hk_person_no",
    "boss" AS "person_no",
    "load_dt",
    "load_src",
    2 AS "feed no"
  FROM "stage"."staff" AS staged
  WHERE "hk_person_no_boss" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."staff" AS better
      WHERE better."hk_person_no" = staged."hk_person_no_boss"
        AND better."load_dt" = staged."load_dt"
    )
  UNION ALL
  SELECT DISTINCT
    "hk_person_no_before" AS "hk_person_no",
    "old_no" AS "person_no",
    "load_dt",
    "load_src",
    3 AS "feed no"
  FROM "stage"."staff" AS staged
  WHERE "hk_person_no_before" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stage"."staff" AS better
      WHERE better."hk_person_no" = staged."hk_person_no_before"
        AND better."load_dt" = staged."load_dt"
    )
),
"ranked" AS (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_person_no"
      ORDER BY "load_dt", "feed no", "load_src", "person_no" NULLS LAST
    ) AS "place no"
  FROM "staged" AS staged
  WHERE "hk_person_no" NOT IN (
    SELECT known."hk_person_no"
    FROM "vault"."h_persons" AS known
    WHERE known."hk_person_no" IN (SELECT "hk_person_no" FROM "staged")
  )
)
SELECT
  "hk_person_no",
  "person_no",
  "load_dt",
  "load_src"
FROM "ranked"
WHERE "place no" = 1;

SELECT "dv_meta"."put_key"('"vault"."h_persons"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."h_persons" ("hk_person_no", "person_no", "load_dt", "load_src");
