-- hub h_people: rendered by dv-gen from metadata/weights.yml:9.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_people" (
  "hk_person_no" VARBINARY(16) NOT NULL,
  "person_no" INTEGER,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_person_no") DISABLED
)
ORDER BY "hk_person_no"
SEGMENTED BY HASH("hk_person_no") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_people_repeats";

CREATE LOCAL TEMPORARY TABLE "h_people_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt", "load_src", "person_no" NULLS LAST) AS "place no"
  FROM "stage"."weights"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."weights_repeats")
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_people')*/ INTO "vault"."h_people" (
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
FROM "stage"."weights" AS staged
WHERE "hk_person_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_people_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_people" AS known
    WHERE known."hk_person_no" = staged."hk_person_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_people');
