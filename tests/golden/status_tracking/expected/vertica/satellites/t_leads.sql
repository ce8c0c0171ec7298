-- satellite t_leads: rendered by dv-gen from metadata/staff.yml:19.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."t_leads" (
  "hk_l_leads" VARBINARY(16) NOT NULL,
  "status" VARCHAR(4) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_l_leads", "load_dt") DISABLED
)
ORDER BY "hk_l_leads", "load_dt"
SEGMENTED BY HASH("hk_l_leads") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_l_leads"
  FROM (
    SELECT
      "hk_l_leads",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_l_leads" ORDER BY "load_dt") AS "next"
    FROM "vault"."t_leads"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."staff"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:t_leads'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

DROP TABLE IF EXISTS v_temp_schema."t_leads_ranked";

CREATE LOCAL TEMPORARY TABLE "t_leads_ranked" ON COMMIT PRESERVE ROWS AS
SELECT
  "row_no",
  ROW_NUMBER() OVER (PARTITION BY "hk_l_leads", "load_dt" ORDER BY "row_no" DESC) AS "place no"
FROM "stage"."staff"
WHERE "hk_l_leads" IS NOT NULL
  AND "row_no" IN (SELECT "row_no" FROM "stage"."staff_repeats");

DROP TABLE IF EXISTS v_temp_schema."t_leads_unkept";

CREATE LOCAL TEMPORARY TABLE "t_leads_unkept" ON COMMIT PRESERVE ROWS AS
-- A moment that is stored already stands, whatever wins among the staged rows.
SELECT staged."row_no"
FROM "stage"."staff" AS staged
JOIN "vault"."t_leads" AS stored
  ON stored."hk_l_leads" = staged."hk_l_leads"
  AND stored."load_dt" = staged."load_dt"
WHERE stored."status" = 'D'
  AND staged."row_no" NOT IN (SELECT "row_no" FROM "t_leads_ranked" WHERE "place no" > 1);

DROP TABLE IF EXISTS v_temp_schema."t_leads_repeats";

-- Of the rows of one key and load date the last stands for all.
CREATE LOCAL TEMPORARY TABLE "t_leads_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_l_leads", "load_dt" ORDER BY "row_no" DESC) AS "place no"
  FROM "stage"."staff"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."staff_repeats")
) AS placed
WHERE "place no" > 1;

DROP TABLE IF EXISTS v_temp_schema."t_leads_staged";

CREATE LOCAL TEMPORARY TABLE "t_leads_staged" ON COMMIT PRESERVE ROWS AS
SELECT
  "hk_l_leads",
  "load_dt",
  "load_src"
FROM "stage"."staff"
WHERE "hk_l_leads" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "t_leads_repeats");

DROP TABLE IF EXISTS v_temp_schema."t_leads_delivered";

-- The load dates at which the delivery is the complete set; an empty one has that of its file.
CREATE LOCAL TEMPORARY TABLE "t_leads_delivered" ON COMMIT PRESERVE ROWS AS
SELECT "load_dt"
FROM "stage"."staff"
WHERE "load_dt" IN (SELECT "load_dt" FROM "dv_meta"."delivered_whole" WHERE "source" = 'staff')
UNION
SELECT "load_dt"
FROM "dv_meta"."delivered_whole"
WHERE "source" = 'staff'
  AND "rows_staged" = 0;

DROP TABLE IF EXISTS v_temp_schema."t_leads_wanted";

CREATE LOCAL TEMPORARY TABLE "t_leads_wanted" ON COMMIT PRESERVE ROWS AS
SELECT "hk_l_leads" FROM "t_leads_staged"
UNION
SELECT known."hk_l_leads"
FROM "vault"."t_leads" AS known
JOIN (SELECT MIN("load_dt") AS "first", MAX("load_dt") AS "last" FROM "t_leads_delivered") AS span ON known."load_dt" <= span."last"
GROUP BY known."hk_l_leads"
HAVING MAX(CASE WHEN known."status" <> 'D' THEN known."load_dt" END) = MAX(CASE WHEN known."status" <> 'D' OR known."load_dt" <= span."first" THEN known."load_dt" END);

DROP TABLE IF EXISTS v_temp_schema."t_leads_stored";

CREATE LOCAL TEMPORARY TABLE "t_leads_stored" ON COMMIT PRESERVE ROWS AS
SELECT "hk_l_leads", "status", "load_dt"
FROM "vault"."t_leads"
WHERE "hk_l_leads" IN (SELECT "hk_l_leads" FROM "t_leads_wanted");

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:t_leads')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  't_leads' AS "entity",
  'staff' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_l_leads' AS "column_name",
  'duplicate key' AS "reason",
  CAST("person" AS VARCHAR(11)) || '|' || COALESCE(CAST("lead" AS VARCHAR(11)), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("grade" AS VARCHAR(6)), '\N') AS "record"
FROM "stage"."staff" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "t_leads_unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  't_leads' AS "entity",
  'staff' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_l_leads' AS "column_name",
  'no key' AS "reason",
  CAST("person" AS VARCHAR(11)) || '|' || COALESCE(CAST("lead" AS VARCHAR(11)), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(CAST("grade" AS VARCHAR(6)), '\N') AS "record"
FROM "stage"."staff" AS staged
WHERE staged."hk_l_leads" IS NULL;

-- I when a key appears, D when a full delivery lacks it.
-- Stored and staged moments stand on one line per key. Only the keys of this batch are read, and
-- those that may have vanished. A late delivery holds until the next one, which is known.
INSERT /*+LABEL('dv_gen:t_leads')*/ INTO "vault"."t_leads" (
  "hk_l_leads",
  "status",
  "load_dt",
  "load_src"
)
SELECT
  "hk_l_leads",
  CASE WHEN "status" = 'D' THEN 'D' WHEN "status before" = 'D' THEN 'I' ELSE 'U' END AS "status",
  "load_dt",
  "load_src"
FROM (
  SELECT
    line.*,
    COALESCE(LAG("status") OVER (PARTITION BY "hk_l_leads" ORDER BY "load_dt"), 'D') AS "status before"
  FROM (
    SELECT "hk_l_leads", "status", "load_dt", CAST(NULL AS VARCHAR(1020)) AS "load_src"
    FROM "t_leads_stored" AS "stored"
    UNION ALL
    -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
    SELECT staged."hk_l_leads", 'I', staged."load_dt", staged."load_src"
    FROM "t_leads_staged" AS staged
    WHERE NOT EXISTS (
      SELECT 1
      FROM "t_leads_stored" AS stored
      WHERE stored."hk_l_leads" = staged."hk_l_leads"
        AND stored."load_dt" = staged."load_dt"
    )
    UNION ALL
    SELECT absent."hk_l_leads", 'D', absent."load_dt", 'staff'
    FROM (
      SELECT wanted."hk_l_leads", delivered."load_dt"
      FROM "t_leads_wanted" AS wanted
      CROSS JOIN "t_leads_delivered" AS delivered
    ) AS absent
    WHERE NOT EXISTS (
      SELECT 1
      FROM "t_leads_staged" AS staged
      WHERE staged."hk_l_leads" = absent."hk_l_leads"
        AND staged."load_dt" = absent."load_dt"
    )
      AND NOT EXISTS (
      SELECT 1
      FROM "t_leads_stored" AS stored
      WHERE stored."hk_l_leads" = absent."hk_l_leads"
        AND stored."load_dt" = absent."load_dt"
    )
    UNION ALL
    SELECT restored."hk_l_leads", COALESCE(stored."status", 'D'), restored."load_dt", CASE WHEN stored."status" <> 'D' THEN restored."load_src" ELSE 'staff' END
    FROM (
      -- What the next delivery held of a key: its newest status by then.
      SELECT wanted."hk_l_leads", following."load_dt", following."load_src", MAX(stored."load_dt") AS "since"
      FROM "t_leads_wanted" AS wanted
      CROSS JOIN (
        -- Of each delivered moment, the next whole delivery that is known already: what it held stands.
        SELECT loaded."load_dt", COALESCE(loaded."load_src", 'staff') AS "load_src"
        FROM "dv_meta"."loaded_delivery" AS loaded
        WHERE loaded."step" = 'load:t_leads'
          AND loaded."source" = 'staff'
          AND loaded."whole" = 1
          AND loaded."load_dt" NOT IN (SELECT "load_dt" FROM "t_leads_delivered")
          AND loaded."load_dt" IN (
            SELECT MIN(loaded."load_dt")
            FROM "dv_meta"."loaded_delivery" AS loaded
            JOIN (
              SELECT "load_dt" FROM "t_leads_delivered"
              UNION
              SELECT "load_dt" FROM "stage"."staff"
            ) AS late ON late."load_dt" < loaded."load_dt"
            WHERE loaded."step" = 'load:t_leads'
              AND loaded."source" = 'staff'
              AND loaded."whole" = 1
            GROUP BY late."load_dt"
          )
      ) AS following
      LEFT JOIN "t_leads_stored" AS stored
        ON stored."hk_l_leads" = wanted."hk_l_leads"
        AND stored."load_dt" <= following."load_dt"
      GROUP BY wanted."hk_l_leads", following."load_dt", following."load_src"
    ) AS restored
    LEFT JOIN "t_leads_stored" AS stored
      ON stored."hk_l_leads" = restored."hk_l_leads"
      AND stored."load_dt" = restored."since"
    WHERE (restored."since" IS NULL OR restored."since" < restored."load_dt")
      AND NOT EXISTS (
        SELECT 1
        FROM "t_leads_staged" AS staged
        WHERE staged."hk_l_leads" = restored."hk_l_leads"
          AND staged."load_dt" = restored."load_dt"
      )
  ) AS line
) AS "compared"
WHERE "load_src" IS NOT NULL
  AND (
    ("status" = 'D' AND "status before" <> 'D')
    OR ("status" <> 'D' AND "status before" = 'D')
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.t_leads');

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."t_leads_history" AS
SELECT
  "hk_l_leads",
  "status",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_leads" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_leads" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."t_leads";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."t_leads_current" AS
SELECT
  "hk_l_leads",
  "status",
  "load_dt",
  "load_src"
FROM "vault"."t_leads_history"
WHERE "is_current";
