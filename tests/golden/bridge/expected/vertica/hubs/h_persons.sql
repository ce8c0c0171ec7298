-- hub h_persons: rendered by dv-gen from metadata/model.yml:24.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_persons" (
  "hk_person_no" VARBINARY(16) NOT NULL,
  "person_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_person_no") DISABLED
)
ORDER BY "hk_person_no"
SEGMENTED BY HASH("hk_person_no") ALL NODES;

-- New business keys of this batch: per key the earliest row; of equals, the feed that
-- knows more about the key, then the feed that the metadata names first.
INSERT /*+LABEL('dv_gen:h_persons')*/ INTO "vault"."h_persons" (
  "hk_person_no",
  "person_no",
  "load_dt",
  "load_src"
)
SELECT
  "hk_person_no",
  "person_no",
  "load_dt",
  "load_src"
FROM (
  SELECT
    staged.*,
    ROW_NUMBER() OVER (
      PARTITION BY "hk_person_no"
      ORDER BY "load_dt", "feed no", "load_src", "person_no" NULLS LAST
    ) AS "place no"
  FROM (
    SELECT DISTINCT
      "hk_person_no",
      "sold_by" AS "person_no",
      "load_dt",
      "load_src",
      1 AS "feed no"
    FROM "stage"."orders"
    WHERE "hk_person_no" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_person_no",
      "person_no",
      "load_dt",
      "load_src",
      2 AS "feed no"
    FROM "stage"."persons"
    WHERE "hk_person_no" IS NOT NULL
    UNION ALL
    SELECT DISTINCT
      "hk_person_no_boss" AS "hk_person_no",
      "boss" AS "person_no",
      "load_dt",
      "load_src",
      3 AS "feed no"
    FROM "stage"."persons"
    WHERE "hk_person_no_boss" IS NOT NULL
  ) AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "vault"."h_persons" AS known
    WHERE known."hk_person_no" = staged."hk_person_no"
  )
) AS "ranked"
WHERE "place no" = 1;

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_persons');
