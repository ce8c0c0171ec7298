-- satellite s_phones: rendered by dv-gen from metadata/phones.yml:21.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_phones" (
  "hk_customer_no" VARBINARY(16) NOT NULL,
  "phone_type" VARCHAR(40),
  "phone" VARCHAR(120),
  "hashdiff" VARBINARY(16) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_customer_no", "load_dt", "hashdiff") DISABLED
)
ORDER BY "hk_customer_no", "load_dt", "hashdiff"
SEGMENTED BY HASH("hk_customer_no") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_customer_no"
  FROM (
    SELECT
      "hk_customer_no",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_phones"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."phones"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_phones'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."s_phones_stored";

-- A staged row can only contradict what is stored at its load date: mostly nothing is yet.
CREATE LOCAL TEMPORARY TABLE "s_phones_stored" ON COMMIT PRESERVE ROWS AS
SELECT "hk_customer_no", "load_dt", "hashdiff"
FROM "vault"."s_phones"
WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "stage"."phones")
  AND "load_dt" IN (SELECT "load_dt" FROM "stage"."phones");

DROP TABLE IF EXISTS v_temp_schema."s_phones_set_aside";

-- Of the rows of one key, load date and child keys the last stands for all; the others are set aside.
CREATE LOCAL TEMPORARY TABLE "s_phones_set_aside" ON COMMIT PRESERVE ROWS AS
SELECT "hk_customer_no", "row_no"
FROM (
  SELECT
    "hk_customer_no",
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no", "load_dt", "phone_type" ORDER BY "seen_at" DESC NULLS LAST, "row_no" DESC) AS "place no"
  FROM "stage"."phones"
  WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "stage"."phones" WHERE "hk_customer_no" IS NOT NULL GROUP BY "hk_customer_no", "load_dt", "phone_type" HAVING COUNT(*) > 1)
) AS placed
WHERE "place no" > 1;

DROP TABLE IF EXISTS v_temp_schema."s_phones_unkept";

CREATE LOCAL TEMPORARY TABLE "s_phones_unkept" ON COMMIT PRESERVE ROWS AS
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hashdiff_s_phones",
    FIRST_VALUE("hashdiff_s_phones") OVER (PARTITION BY "hk_customer_no", "load_dt", "phone_type" ORDER BY "seen_at" DESC NULLS LAST, "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_customer_no", "load_dt", "phone_type", "hashdiff_s_phones" ORDER BY "seen_at" DESC NULLS LAST, "row_no" DESC) AS "repeat"
  FROM "stage"."phones"
  WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "stage"."phones" WHERE "hk_customer_no" IS NOT NULL GROUP BY "hk_customer_no", "load_dt", "phone_type" HAVING COUNT(*) > 1)
)
SELECT "row_no" FROM "ranked" WHERE "hashdiff_s_phones" <> "winner" AND "repeat" = 1
UNION
-- A set that is stored already stands, whatever else is staged for its load date.
SELECT staged."row_no"
FROM "stage"."phones" AS staged
WHERE NOT EXISTS (
    SELECT 1
    FROM "s_phones_set_aside" AS set_aside
    WHERE set_aside."hk_customer_no" = staged."hk_customer_no"
      AND set_aside."row_no" = staged."row_no"
  )
  AND EXISTS (
    SELECT 1
    FROM "s_phones_stored" AS stored
    WHERE stored."hk_customer_no" = staged."hk_customer_no"
      AND stored."load_dt" = staged."load_dt"
  )
  AND NOT EXISTS (
    SELECT 1
    FROM "s_phones_stored" AS stored
    WHERE stored."hk_customer_no" = staged."hk_customer_no"
      AND stored."load_dt" = staged."load_dt"
      AND stored."hashdiff" = staged."hashdiff_s_phones"
  );

DROP TABLE IF EXISTS v_temp_schema."s_phones_load_stored";

CREATE LOCAL TEMPORARY TABLE "s_phones_load_stored" ON COMMIT PRESERVE ROWS AS
SELECT DISTINCT "hk_customer_no", "load_dt", "hashdiff"
FROM "vault"."s_phones"
WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "stage"."phones");

DROP TABLE IF EXISTS v_temp_schema."s_phones_ordered_keys";

-- Keys that may have several sets on their line; the set of any other key is simply new.
CREATE LOCAL TEMPORARY TABLE "s_phones_ordered_keys" ON COMMIT PRESERVE ROWS AS
SELECT "hk_customer_no" FROM "s_phones_load_stored"
UNION
SELECT "hk_customer_no" FROM "stage"."phones" WHERE "hk_customer_no" IS NOT NULL GROUP BY "hk_customer_no" HAVING MIN("load_dt") < MAX("load_dt");

DROP TABLE IF EXISTS v_temp_schema."s_phones_line";

CREATE LOCAL TEMPORARY TABLE "s_phones_line" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_customer_no",
  "load_dt",
  "hashdiff",
  0 AS "row_no"
FROM "s_phones_load_stored" AS "stored"
UNION ALL
SELECT "hk_customer_no", "load_dt", "hashdiff_s_phones", "row_no"
FROM "stage"."phones" AS staged
WHERE "hk_customer_no" IN (SELECT "hk_customer_no" FROM "s_phones_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_phones_set_aside" AS set_aside
    WHERE set_aside."hk_customer_no" = staged."hk_customer_no"
      AND set_aside."row_no" = staged."row_no"
  )
  -- A set that is stored already stands; staged rows that contradict it are in the rejects.
  AND NOT EXISTS (
    SELECT 1
    FROM "s_phones_load_stored" AS stored
    WHERE stored."hk_customer_no" = staged."hk_customer_no"
      AND stored."load_dt" = staged."load_dt"
  );

DROP TABLE IF EXISTS v_temp_schema."s_phones_changed";

CREATE LOCAL TEMPORARY TABLE "s_phones_changed" ON COMMIT PRESERVE ROWS AS
WITH
"sets" AS (
  SELECT
    "hk_customer_no",
    "load_dt",
    COUNT(*) AS "members",
    MAX("row_no") AS "row_no"
  FROM "s_phones_line"
  GROUP BY "hk_customer_no", "load_dt"
),
"compared" AS (
  SELECT
    "hk_customer_no",
    "load_dt",
    "members",
    "row_no",
    LAG("load_dt") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "set before",
    LAG("members") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "members before"
  FROM "sets"
),
-- A staged set of as many members as the set before it, each of which is a member there too.
"unchanged" AS (
  SELECT compared."hk_customer_no", compared."load_dt"
  FROM "compared" AS compared
  JOIN "s_phones_line" AS member
    ON member."hk_customer_no" = compared."hk_customer_no"
    AND member."load_dt" = compared."load_dt"
  JOIN "s_phones_line" AS earlier
    ON earlier."hk_customer_no" = compared."hk_customer_no"
    AND earlier."load_dt" = compared."set before"
    AND earlier."hashdiff" = member."hashdiff"
  WHERE compared."row_no" > 0
    AND compared."members" = compared."members before"
  GROUP BY compared."hk_customer_no", compared."load_dt", compared."members"
  HAVING COUNT(*) = compared."members"
)
SELECT member."hk_customer_no", member."row_no"
FROM "s_phones_line" AS member
LEFT JOIN "unchanged" AS unchanged
  ON unchanged."hk_customer_no" = member."hk_customer_no"
  AND unchanged."load_dt" = member."load_dt"
WHERE member."row_no" > 0
  AND unchanged."hk_customer_no" IS NULL;

DROP TABLE IF EXISTS v_temp_schema."s_phones_nothing_new";

-- By key and number: where a key's rows are on one node, nothing of this leaves it.
CREATE LOCAL TEMPORARY TABLE "s_phones_nothing_new" ON COMMIT PRESERVE ROWS AS
SELECT "hk_customer_no", "row_no" FROM "s_phones_set_aside"
UNION
SELECT known."hk_customer_no", known."row_no"
FROM "stage"."phones" AS known
WHERE known."hk_customer_no" IN (SELECT "hk_customer_no" FROM "s_phones_ordered_keys")
  AND NOT EXISTS (
    SELECT 1
    FROM "s_phones_changed" AS changed
    WHERE changed."hk_customer_no" = known."hk_customer_no"
      AND changed."row_no" = known."row_no"
  );

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_phones')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_phones' AS "entity",
  'phones' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'duplicate key' AS "reason",
  COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || REPLACE(REPLACE("phone_type", '\', '\\'), '|', '\|') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') || '|' || COALESCE(REPLACE(REPLACE("number", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."phones" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "s_phones_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_phones' AS "entity",
  'phones' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_customer_no' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("customer_no", '\', '\\'), '|', '\|'), '\N') || '|' || REPLACE(REPLACE("phone_type", '\', '\\'), '|', '\|') || '|' || COALESCE(RTRIM(RTRIM(TO_CHAR("seen_at", 'YYYY-MM-DD HH24:MI:SS.US'), '0'), '.'), '\N') || '|' || COALESCE(REPLACE(REPLACE("number", '\', '\\'), '|', '\|'), '\N') AS "record"
FROM "stage"."phones" AS staged
WHERE staged."hk_customer_no" IS NULL;

-- The timeline rule for sets: the rows of a key at one load date are one set, which is kept whole
-- when it differs from the set before it on its key's line of stored and staged sets. Only the
-- keys of this batch are read from the satellite.
INSERT /*+LABEL('dv_gen:s_phones')*/ INTO "vault"."s_phones" (
  "hk_customer_no",
  "phone_type",
  "phone",
  "hashdiff",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_customer_no",
  staged."phone_type",
  staged."number",
  staged."hashdiff_s_phones",
  staged."load_dt",
  staged."load_src"
FROM "stage"."phones" AS staged
WHERE staged."hk_customer_no" IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM "s_phones_nothing_new" AS nothing_new
    WHERE nothing_new."hk_customer_no" = staged."hk_customer_no"
      AND nothing_new."row_no" = staged."row_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_phones');

-- Every set with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_phones_history" AS
SELECT
  member."hk_customer_no",
  member."phone_type",
  member."phone",
  member."hashdiff",
  member."load_dt",
  member."load_src",
  spans."load_end_dt",
  spans."load_end_dt" IS NULL AS "is_current"
FROM "vault"."s_phones" AS member
JOIN (
  SELECT
    "hk_customer_no",
    "load_dt",
    LEAD("load_dt") OVER (PARTITION BY "hk_customer_no" ORDER BY "load_dt") AS "load_end_dt"
  FROM (SELECT DISTINCT "hk_customer_no", "load_dt" FROM "vault"."s_phones") AS moments
) AS spans
  ON spans."hk_customer_no" = member."hk_customer_no"
  AND spans."load_dt" = member."load_dt";

-- All rows of every key's newest set.
CREATE OR REPLACE VIEW "vault"."s_phones_current" AS
SELECT
  "hk_customer_no",
  "phone_type",
  "phone",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."s_phones_history"
WHERE "is_current";
