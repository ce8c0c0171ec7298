-- link l_lines: rendered by dv-gen from metadata/lines.yml:38.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_lines" (
  "hk_l_lines" UUID NOT NULL,
  "hk_order_no" UUID NOT NULL,
  "hk_article" UUID NOT NULL,
  "line_no" SMALLINT,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_lines" (
  "hk_l_lines",
  "hk_order_no",
  "hk_article",
  "line_no",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_lines" ORDER BY "load_dt", "load_src", "line_no" NULLS LAST) AS "place no"
    FROM "stage"."lines"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."lines_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_lines",
  "hk_order_no",
  "hk_article",
  "line_no",
  "load_dt",
  "load_src"
FROM "stage"."lines" AS staged
WHERE "hk_l_lines" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_lines" NOT IN (
    SELECT known."hk_l_lines"
    FROM "vault"."l_lines" AS known
    WHERE known."hk_l_lines" IN (SELECT "hk_l_lines" FROM "stage"."lines")
  );
