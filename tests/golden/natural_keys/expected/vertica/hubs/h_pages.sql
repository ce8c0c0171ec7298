-- hub h_pages: rendered by dv-gen from metadata/model.yml:16.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_pages" (
  "page" VARCHAR(800) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("page") DISABLED
)
ORDER BY "page"
SEGMENTED BY HASH("page") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_pages_repeats";

CREATE LOCAL TEMPORARY TABLE "h_pages_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "key_page" ORDER BY "load_dt", "load_src") AS "place no"
  FROM "stage"."visits"
  WHERE "key_page" IN (SELECT "key_page" FROM "stage"."visits" GROUP BY "key_page" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_pages')*/ INTO "vault"."h_pages" (
  "page",
  "load_dt",
  "load_src"
)
SELECT
  "key_page",
  "load_dt",
  "load_src"
FROM "stage"."visits" AS staged
WHERE "key_page" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_pages_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_pages" AS known
    WHERE known."page" = staged."key_page"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_pages');
