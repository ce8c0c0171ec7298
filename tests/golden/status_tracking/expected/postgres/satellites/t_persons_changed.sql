-- satellite t_persons_changed: rendered by dv-gen from metadata/staff.yml:18.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."t_persons_changed" (
  "hk_person_no" UUID NOT NULL,
  "status" VARCHAR(1) COLLATE "C" NOT NULL,
  "hashdiff" UUID,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_person_no", "load_dt")
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_person_no"
  FROM (
    SELECT
      "hk_person_no",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "next"
    FROM "vault"."t_persons_changed"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."staff"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:t_persons_changed'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

SELECT "dv_meta"."lift_key"('"vault"."t_persons_changed"');

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hashdiff_t_persons_changed",
    FIRST_VALUE("hashdiff_t_persons_changed") OVER (PARTITION BY "hk_person_no", "load_dt" ORDER BY "grade" DESC NULLS LAST, "row_no" DESC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt", "hashdiff_t_persons_changed" ORDER BY "grade" DESC NULLS LAST, "row_no" DESC) AS "repeat",
    ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt" ORDER BY "grade" DESC NULLS LAST, "row_no" DESC) AS "place no"
  FROM "stage"."staff"
  WHERE "hk_person_no" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."staff_repeats")
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hashdiff_t_persons_changed" <> "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."staff" AS staged
  JOIN "vault"."t_persons_changed" AS stored
    ON stored."hk_person_no" = staged."hk_person_no"
    AND stored."load_dt" = staged."load_dt"
  WHERE stored."hashdiff" IS DISTINCT FROM staged."hashdiff_t_persons_changed"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  't_persons_changed' AS "entity",
  'staff' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_person_no' AS "column_name",
  'duplicate key' AS "reason",
  CAST("person" AS TEXT) || '|' || COALESCE(CAST("lead" AS TEXT), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("grade" AS TEXT), '\N') AS "record"
FROM "stage"."staff" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept");

-- I when a key appears, U when it changes, D when a full delivery lacks it.
-- Stored and staged moments stand on one line per key. Only the keys of this batch are read, and
-- those that may have vanished. A late delivery holds until the next one, which is known.
INSERT INTO "vault"."t_persons_changed" (
  "hk_person_no",
  "status",
  "hashdiff",
  "load_dt",
  "load_src"
)
WITH
-- Of the rows of one key and load date the last stands for all; the others go to the rejects.
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_person_no", "load_dt" ORDER BY "grade" DESC NULLS LAST, "row_no" DESC) AS "place no"
    FROM "stage"."staff"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."staff_repeats")
  ) AS placed
  WHERE "place no" > 1
),
"staged" AS (
  SELECT
    "hk_person_no",
    "hashdiff_t_persons_changed" AS "hashdiff",
    "load_dt",
    "load_src"
  FROM "stage"."staff"
  WHERE "hk_person_no" IS NOT NULL
    AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
),
-- The load dates at which the delivery is the complete set; an empty one has that of its file.
"delivered" AS (
  SELECT "load_dt"
  FROM "stage"."staff"
  WHERE "load_dt" IN (SELECT "load_dt" FROM "dv_meta"."delivered_whole" WHERE "source" = 'staff')
  UNION
  SELECT "load_dt"
  FROM "dv_meta"."delivered_whole"
  WHERE "source" = 'staff'
    AND "rows_staged" = 0
),
"wanted" AS (
  SELECT "hk_person_no" FROM "staged"
  UNION
  SELECT known."hk_person_no"
  FROM "vault"."t_persons_changed" AS known
  JOIN (SELECT MIN("load_dt") AS "first", MAX("load_dt") AS "last" FROM "delivered") AS span ON known."load_dt" <= span."last"
  GROUP BY known."hk_person_no"
  HAVING MAX(CASE WHEN known."status" <> 'D' THEN known."load_dt" END) = MAX(CASE WHEN known."status" <> 'D' OR known."load_dt" <= span."first" THEN known."load_dt" END)
),
"stored" AS (
  SELECT "hk_person_no", "status", "hashdiff", "load_dt"
  FROM "vault"."t_persons_changed"
  WHERE "hk_person_no" IN (SELECT "hk_person_no" FROM "wanted")
),
-- Of each delivered moment, the next whole delivery that is known already: what it held stands.
"following" AS (
  SELECT loaded."load_dt", COALESCE(loaded."load_src", 'staff') AS "load_src"
  FROM "dv_meta"."loaded_delivery" AS loaded
  WHERE loaded."step" = 'load:t_persons_changed'
    AND loaded."source" = 'staff'
    AND loaded."whole" = 1
    AND loaded."load_dt" NOT IN (SELECT "load_dt" FROM "delivered")
    AND loaded."load_dt" IN (
      SELECT MIN(loaded."load_dt")
      FROM "dv_meta"."loaded_delivery" AS loaded
      JOIN (
        SELECT "load_dt" FROM "delivered"
        UNION
        SELECT "load_dt" FROM "stage"."staff"
      ) AS late ON late."load_dt" < loaded."load_dt"
      WHERE loaded."step" = 'load:t_persons_changed'
        AND loaded."source" = 'staff'
        AND loaded."whole" = 1
      GROUP BY late."load_dt"
    )
),
-- What the next delivery held of a key: its newest status by then.
"restored" AS (
  SELECT wanted."hk_person_no", following."load_dt", following."load_src", MAX(stored."load_dt") AS "since"
  FROM "wanted" AS wanted
  CROSS JOIN "following" AS following
  LEFT JOIN "stored" AS stored
    ON stored."hk_person_no" = wanted."hk_person_no"
    AND stored."load_dt" <= following."load_dt"
  GROUP BY wanted."hk_person_no", following."load_dt", following."load_src"
),
"line" AS (
  SELECT "hk_person_no", "status", "hashdiff", "load_dt", CAST(NULL AS VARCHAR(255)) AS "load_src"
  FROM "stored"
  UNION ALL
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  SELECT staged."hk_person_no", 'I', staged."hashdiff", staged."load_dt", staged."load_src"
  FROM "staged" AS staged
  WHERE NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_person_no" = staged."hk_person_no"
      AND stored."load_dt" = staged."load_dt"
  )
  UNION ALL
  SELECT absent."hk_person_no", 'D', CAST(NULL AS UUID), absent."load_dt", 'staff'
  FROM (
    SELECT wanted."hk_person_no", delivered."load_dt"
    FROM "wanted" AS wanted
    CROSS JOIN "delivered" AS delivered
  ) AS absent
  WHERE NOT EXISTS (
    SELECT 1
    FROM "staged" AS staged
    WHERE staged."hk_person_no" = absent."hk_person_no"
      AND staged."load_dt" = absent."load_dt"
  )
    AND NOT EXISTS (
    SELECT 1
    FROM "stored" AS stored
    WHERE stored."hk_person_no" = absent."hk_person_no"
      AND stored."load_dt" = absent."load_dt"
  )
  UNION ALL
  SELECT restored."hk_person_no", COALESCE(stored."status", 'D'), stored."hashdiff", restored."load_dt", CASE WHEN stored."status" <> 'D' THEN restored."load_src" ELSE 'staff' END
  FROM "restored" AS restored
  LEFT JOIN "stored" AS stored
    ON stored."hk_person_no" = restored."hk_person_no"
    AND stored."load_dt" = restored."since"
  WHERE (restored."since" IS NULL OR restored."since" < restored."load_dt")
    AND NOT EXISTS (
      SELECT 1
      FROM "staged" AS staged
      WHERE staged."hk_person_no" = restored."hk_person_no"
        AND staged."load_dt" = restored."load_dt"
    )
),
"compared" AS (
  SELECT
    line.*,
    LAG("hashdiff") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "hashdiff before",
    COALESCE(LAG("status") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt"), 'D') AS "status before"
  FROM "line" AS line
)
SELECT
  "hk_person_no",
  CASE WHEN "status" = 'D' THEN 'D' WHEN "status before" = 'D' THEN 'I' ELSE 'U' END AS "status",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "compared"
WHERE "load_src" IS NOT NULL
  AND (
    ("status" = 'D' AND "status before" <> 'D')
    OR ("status" <> 'D' AND "status before" = 'D')
    OR ("status" <> 'D' AND "hashdiff" <> "hashdiff before")
  );

SELECT "dv_meta"."put_key"('"vault"."t_persons_changed"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."t_persons_changed" ("hk_person_no", "status", "hashdiff", "load_dt", "load_src");

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."t_persons_changed_history" AS
SELECT
  "hk_person_no",
  "status",
  "hashdiff",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_person_no" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."t_persons_changed";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."t_persons_changed_current" AS
SELECT
  "hk_person_no",
  "status",
  "hashdiff",
  "load_dt",
  "load_src"
FROM "vault"."t_persons_changed_history"
WHERE "is_current";
