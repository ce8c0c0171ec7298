-- hub h_articles: rendered by dv-gen from metadata/lines.yml:35.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_articles" (
  "hk_article" VARBINARY(16) NOT NULL,
  "article" VARCHAR(80),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_article") DISABLED
)
ORDER BY "hk_article"
SEGMENTED BY HASH("hk_article") ALL NODES;

DROP TABLE IF EXISTS v_temp_schema."h_articles_repeats";

CREATE LOCAL TEMPORARY TABLE "h_articles_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_article" ORDER BY "load_dt", "load_src", "article" NULLS LAST) AS "place no"
  FROM "stage"."lines"
  WHERE "hk_article" IN (SELECT "hk_article" FROM "stage"."lines" GROUP BY "hk_article" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

-- New business keys of this batch: per key the earliest row.
INSERT /*+LABEL('dv_gen:h_articles')*/ INTO "vault"."h_articles" (
  "hk_article",
  "article",
  "load_dt",
  "load_src"
)
SELECT
  "hk_article",
  COALESCE("article", 'NONE') AS "article",
  "load_dt",
  "load_src"
FROM "stage"."lines" AS staged
WHERE "hk_article" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "h_articles_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."h_articles" AS known
    WHERE known."hk_article" = staged."hk_article"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.h_articles');
