-- reference r_countries: rendered by dv-gen from metadata/codes.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."r_countries" (
  "code" VARCHAR(2) NOT NULL,
  "name" VARCHAR(50),
  "region" VARCHAR(20),
  "at" TIMESTAMP,
  "hashdiff" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."code"
  FROM (
    SELECT
      "code",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "code" ORDER BY "load_dt") AS "next"
    FROM "vault"."r_countries"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."countries"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:r_countries'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

-- Staged rows that the table cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"stored" AS (
  SELECT
    stored."code",
    stored."hashdiff",
    stored."load_dt"
  FROM "vault"."r_countries" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."countries" AS staged WHERE staged."code" = stored."code")
),
-- Of the rows of one code and load date the first stands for all; the others go to the rejects.
"ranked" AS (
  SELECT
    "code",
    "hashdiff_r_countries",
    "load_dt",
    "row_no",
    FIRST_VALUE("hashdiff_r_countries") OVER (PARTITION BY "code", "load_dt" ORDER BY "at" ASC NULLS FIRST, "row_no" ASC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "code", "load_dt" ORDER BY "at" ASC NULLS FIRST, "row_no" ASC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "code", "load_dt", "hashdiff_r_countries" ORDER BY "at" DESC NULLS LAST, "row_no" DESC) AS "repeat"
  FROM "stage"."countries"
  WHERE TRIM(BOTH ' ' FROM "code") <> ''
),
"candidates" AS (
  SELECT "code", "hashdiff_r_countries", "load_dt", "row_no"
  FROM "ranked"
  WHERE "place no" = 1
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hashdiff_r_countries" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT candidate."row_no"
  FROM "candidates" AS candidate
  JOIN "stored" AS stored
    ON stored."code" = candidate."code"
    AND stored."load_dt" = candidate."load_dt"
  WHERE stored."hashdiff" <> candidate."hashdiff_r_countries"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_countries' AS "entity",
  'countries' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'code' AS "column_name",
  'duplicate key' AS "reason",
  CONCAT_WS('|', CASE WHEN CONTAINS("code", '\') OR CONTAINS("code", '|') THEN REPLACE(REPLACE("code", '\', '\\'), '|', '\|') ELSE "code" END, COALESCE(CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '\N'), COALESCE(CASE WHEN CONTAINS("region", '\') OR CONTAINS("region", '|') THEN REPLACE(REPLACE("region", '\', '\\'), '|', '\|') ELSE "region" END, '\N'), COALESCE(CAST("at" AS VARCHAR), '\N')) AS "record"
FROM "stage"."countries" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  'r_countries' AS "entity",
  'countries' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'code' AS "column_name",
  'no key' AS "reason",
  CONCAT_WS('|', CASE WHEN CONTAINS("code", '\') OR CONTAINS("code", '|') THEN REPLACE(REPLACE("code", '\', '\\'), '|', '\|') ELSE "code" END, COALESCE(CASE WHEN CONTAINS("name", '\') OR CONTAINS("name", '|') THEN REPLACE(REPLACE("name", '\', '\\'), '|', '\|') ELSE "name" END, '\N'), COALESCE(CASE WHEN CONTAINS("region", '\') OR CONTAINS("region", '|') THEN REPLACE(REPLACE("region", '\', '\\'), '|', '\|') ELSE "region" END, '\N'), COALESCE(CAST("at" AS VARCHAR), '\N')) AS "record"
FROM "stage"."countries" AS staged
WHERE "code" IS NULL OR TRIM(BOTH ' ' FROM "code") = '';

-- The timeline rule: a staged row is kept when it differs from the row before it on its code's
-- line of stored and staged rows. Only the codes of this batch are read from the table.
INSERT INTO "vault"."r_countries" (
  "code",
  "name",
  "region",
  "at",
  "hashdiff",
  "load_dt",
  "load_src"
)
WITH
"stored" AS (
  SELECT
    stored."code",
    stored."hashdiff",
    stored."load_dt"
  FROM "vault"."r_countries" AS stored
  WHERE EXISTS (SELECT 1 FROM "stage"."countries" AS staged WHERE staged."code" = stored."code")
),
-- Of the rows of one code and load date the first stands for all; the others go to the rejects.
"ranked" AS (
  SELECT
    "code",
    "hashdiff_r_countries",
    "load_dt",
    "row_no",
    FIRST_VALUE("hashdiff_r_countries") OVER (PARTITION BY "code", "load_dt" ORDER BY "at" ASC NULLS FIRST, "row_no" ASC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "code", "load_dt" ORDER BY "at" ASC NULLS FIRST, "row_no" ASC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "code", "load_dt", "hashdiff_r_countries" ORDER BY "at" DESC NULLS LAST, "row_no" DESC) AS "repeat"
  FROM "stage"."countries"
  WHERE TRIM(BOTH ' ' FROM "code") <> ''
),
"candidates" AS (
  SELECT "code", "hashdiff_r_countries", "load_dt", "row_no"
  FROM "ranked"
  WHERE "place no" = 1
),
"line" AS (
  SELECT "code", "hashdiff", "load_dt", 0 AS "row_no"
  FROM "stored"
  UNION ALL
  SELECT "code", "hashdiff_r_countries", "load_dt", "row_no"
  FROM "candidates" AS candidate
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."code" = candidate."code"
      AND stored."load_dt" = candidate."load_dt"
  )
),
"compared" AS (
  SELECT
    "load_dt",
    "row_no",
    "hashdiff",
    LAG("hashdiff") OVER (PARTITION BY "code" ORDER BY "load_dt") AS "hashdiff before"
  FROM "line"
),
"changed" AS (
  SELECT "row_no", "load_dt"
  FROM "compared"
  WHERE "row_no" > 0
    AND ("hashdiff before" IS NULL OR "hashdiff before" <> "hashdiff")
)
SELECT
  staged."code",
  staged."name",
  staged."region",
  staged."at",
  staged."hashdiff_r_countries",
  changed."load_dt",
  staged."load_src"
FROM "stage"."countries" AS staged
JOIN "changed" AS changed ON changed."row_no" = staged."row_no";

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."r_countries_history" AS
SELECT
  "code",
  "name",
  "region",
  "at",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "code" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "code" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."r_countries";

-- What every code means now.
CREATE OR REPLACE VIEW "vault"."r_countries_current" AS
SELECT
  "code",
  "name",
  "region",
  "at",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."r_countries_history"
WHERE "is_current";
