-- hub h_articles: rendered by dv-gen from metadata/lines.yml:35.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."h_articles" (
  "hk_article" UUID NOT NULL,
  "article" VARCHAR(20),
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New business keys of this batch: per key the earliest row.
INSERT INTO "vault"."h_articles" (
  "hk_article",
  "article",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_article" ORDER BY "load_dt", "load_src", "article" NULLS LAST) AS "place no"
    FROM "stage"."lines"
    WHERE "hk_article" IN (SELECT "hk_article" FROM "stage"."lines" GROUP BY "hk_article" HAVING COUNT(*) > 1)
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_article",
  COALESCE("article", 'NONE') AS "article",
  "load_dt",
  "load_src"
FROM "stage"."lines" AS staged
WHERE "hk_article" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_article" NOT IN (
    SELECT known."hk_article"
    FROM "vault"."h_articles" AS known
    WHERE known."hk_article" IN (SELECT "hk_article" FROM "stage"."lines")
  );
