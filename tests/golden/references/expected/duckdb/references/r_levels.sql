-- reference r_levels: rendered by dv-gen from metadata/codes.yml:23.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."r_levels" (
  "level" INTEGER NOT NULL,
  "title" VARCHAR(20),
  "weight" DOUBLE,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Once per code, the first row that arrives; what it says is never compared.
INSERT INTO "vault"."r_levels" (
  "level",
  "title",
  "weight",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT
    stored."level"
  FROM "vault"."r_levels" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."levels" AS staged WHERE staged."level" = stored."level")
),
"placed" AS (
  SELECT
    "level",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "level" ORDER BY "load_dt", "row_no" ASC) AS "place no"
  FROM "stage"."levels"
  WHERE "level" IS NOT NULL
),
"new" AS (
  SELECT placed."row_no"
  FROM "placed" AS placed
  WHERE placed."place no" = 1
    AND NOT EXISTS (SELECT 1 FROM "stored" AS stored WHERE stored."level" = placed."level")
)
SELECT
  staged."level",
  staged."title",
  staged."weight",
  staged."load_dt",
  staged."load_src"
FROM "stage"."levels" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "new");
