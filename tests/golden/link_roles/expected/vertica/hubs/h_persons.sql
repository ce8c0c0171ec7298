-- hub h_persons: rendered by dv-gen from metadata/model.yml:14.
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

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT /*+LABEL('dv_gen:h_persons')*/ INTO "vault"."h_persons" (
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
  SELECT HEX_TO_BINARY('00000000000000000000000000000000') AS "key"
  UNION ALL
  SELECT HEX_TO_BINARY('ffffffffffffffffffffffffffffffff') AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_person_no"
  FROM "vault"."h_persons" AS known
  WHERE known."hk_person_no" IN (HEX_TO_BINARY('00000000000000000000000000000000'), HEX_TO_BINARY('ffffffffffffffffffffffffffffffff'))
);

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
