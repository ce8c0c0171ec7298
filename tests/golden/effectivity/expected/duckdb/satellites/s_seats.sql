-- satellite s_seats: rendered by dv-gen from metadata/orders.yml:33.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_seats" (
  "hk_l_seats" UUID NOT NULL,
  "start_dt" TIMESTAMP NOT NULL,
  "end_dt" TIMESTAMP,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) NOT NULL
);

-- Before and after a load of late rows, where it is not known what the next delivery held: how many
-- keys have a late row that holds beyond that delivery.
SELECT COUNT(*)
FROM (
  SELECT DISTINCT line."hk_l_seats"
  FROM (
    SELECT
      "hk_l_seats",
      "load_dt",
      LEAD("load_dt") OVER (PARTITION BY "hk_l_seats" ORDER BY "load_dt") AS "next"
    FROM "vault"."s_seats"
  ) AS line
  JOIN (
    SELECT staged."load_dt", MIN(loaded."load_dt") AS "following"
    FROM (
      SELECT "load_dt" FROM "stage"."seats"
      GROUP BY "load_dt"
    ) AS staged
    JOIN "dv_meta"."loaded_delivery" AS loaded ON loaded."load_dt" > staged."load_dt"
    WHERE loaded."step" = 'load:s_seats'
    GROUP BY staged."load_dt"
  ) AS late ON late."load_dt" = line."load_dt"
  WHERE line."next" IS NULL
    OR line."next" > late."following"
) AS doubtful;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
WITH
"ranked" AS (
  SELECT
    "row_no",
    "hk_l_seats",
    FIRST_VALUE("hk_l_seats") OVER (PARTITION BY "hk_person_no_sitter", "hk_office", "load_dt" ORDER BY "row_no" ASC) AS "winner",
    ROW_NUMBER() OVER (PARTITION BY "hk_person_no_sitter", "hk_office", "load_dt" ORDER BY "row_no" ASC) AS "place no",
    ROW_NUMBER() OVER (PARTITION BY "hk_person_no_sitter", "hk_office", "load_dt", "hk_l_seats" ORDER BY "row_no" DESC) AS "repeat"
  FROM "stage"."seats"
  WHERE "hk_person_no_sitter" IS NOT NULL AND "hk_office" IS NOT NULL
    AND "row_no" IN (SELECT "row_no" FROM "stage"."seats_repeats")
),
"stored" AS (
  SELECT related."hk_person_no", related."hk_office", stored."hk_l_seats", stored."start_dt", stored."end_dt", stored."load_dt"
  FROM "vault"."s_seats" AS stored
  JOIN "vault"."l_seats" AS related ON related."hk_l_seats" = stored."hk_l_seats"
  WHERE stored."load_dt" IN (SELECT "load_dt" FROM "stage"."seats")
),
-- What is stored of a driving key: at this moment the relationship that opened holds, or none.
"told" AS (
  SELECT "hk_person_no", "hk_office", "hk_l_seats", "start_dt" AS "starts", "load_dt"
  FROM "stored"
  WHERE "end_dt" IS NULL
  UNION
  SELECT closed."hk_person_no", closed."hk_office", CAST(NULL AS UUID), closed."load_dt", closed."load_dt"
  FROM "stored" AS closed
  WHERE closed."end_dt" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stored" AS opened
      WHERE opened."hk_person_no" = closed."hk_person_no" AND opened."hk_office" = closed."hk_office"
        AND opened."load_dt" = closed."load_dt"
        AND opened."end_dt" IS NULL
    )
),
"unkept" AS (
  SELECT "row_no" FROM "ranked" WHERE "hk_l_seats" IS DISTINCT FROM "winner" AND "repeat" = 1
  UNION
  -- A moment that is stored already stands, whatever wins among the staged rows.
  SELECT staged."row_no"
  FROM "stage"."seats" AS staged
  JOIN "told" AS told
    ON told."load_dt" = staged."load_dt"
    AND told."hk_person_no" = staged."hk_person_no_sitter"
    AND told."hk_office" = staged."hk_office"
  WHERE told."hk_l_seats" IS DISTINCT FROM staged."hk_l_seats"
    AND staged."row_no" NOT IN (SELECT "row_no" FROM "ranked" WHERE "place no" > 1)
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_seats' AS "entity",
  'seats' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_l_seats' AS "column_name",
  'duplicate key' AS "reason",
  CONCAT_WS('|', COALESCE(CASE WHEN CONTAINS("office", '\') OR CONTAINS("office", '|') THEN REPLACE(REPLACE("office", '\', '\\'), '|', '\|') ELSE "office" END, '\N'), COALESCE(CAST("person" AS VARCHAR), '\N'), COALESCE(CAST("seat" AS VARCHAR), '\N'), COALESCE(CAST("sure" AS VARCHAR), '\N')) AS "record"
FROM "stage"."seats" AS staged
WHERE staged."row_no" IN (SELECT "row_no" FROM "unkept")
UNION ALL
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_seats' AS "entity",
  'seats' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_l_seats' AS "column_name",
  'no key' AS "reason",
  CONCAT_WS('|', COALESCE(CASE WHEN CONTAINS("office", '\') OR CONTAINS("office", '|') THEN REPLACE(REPLACE("office", '\', '\\'), '|', '\|') ELSE "office" END, '\N'), COALESCE(CAST("person" AS VARCHAR), '\N'), COALESCE(CAST("seat" AS VARCHAR), '\N'), COALESCE(CAST("sure" AS VARCHAR), '\N')) AS "record"
FROM "stage"."seats" AS staged
WHERE NOT ("hk_person_no_sitter" IS NOT NULL AND "hk_office" IS NOT NULL);

-- A driving key has one relationship at a time: another one closes it and opens itself, none
-- closes it. Stored and staged moments stand on one line per driving key; what is stored already
-- is not stored again. Only the driving keys of this batch are read, and those that have ended.
INSERT INTO "vault"."s_seats" (
  "hk_l_seats",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
)
WITH
"repeated" AS (
  SELECT "row_no"
  FROM "stage"."seats"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."seats_repeats")
),
-- Of the rows of one driving key and load date the first stands for all; the others go to the rejects.
"losers" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_person_no_sitter", "hk_office", "load_dt" ORDER BY "row_no" ASC) AS "place no"
    FROM "stage"."seats"
    WHERE "row_no" IN (SELECT "row_no" FROM "repeated")
  ) AS placed
  WHERE "place no" > 1
),
-- The load dates at which the delivery is the complete set; an empty one has that of its file.
"delivered" AS (
  SELECT "load_dt"
  FROM "stage"."seats"
  WHERE "load_dt" IN (SELECT "load_dt" FROM "dv_meta"."delivered_whole" WHERE "source" = 'seats')
  UNION
  SELECT "load_dt"
  FROM "dv_meta"."delivered_whole"
  WHERE "source" = 'seats'
    AND "rows_staged" = 0
),
"open_keys" AS (
  SELECT known."hk_l_seats"
  FROM "vault"."s_seats" AS known
  JOIN (SELECT MIN("load_dt") AS "first", MAX("load_dt") AS "last" FROM "delivered") AS span ON known."load_dt" <= span."last"
  GROUP BY known."hk_l_seats"
  HAVING MAX(CASE WHEN known."end_dt" IS NULL THEN known."load_dt" END) = MAX(CASE WHEN known."end_dt" IS NULL OR known."load_dt" <= span."first" THEN known."load_dt" END)
),
-- Most of a full delivery is as it was: only the rest has to be ordered.
"unchanged" AS (
  SELECT "row_no", "hk_l_seats"
  FROM "stage"."seats"
  WHERE "hk_l_seats" IN (SELECT "hk_l_seats" FROM "open_keys")
    AND "row_no" NOT IN (SELECT "row_no" FROM "repeated")
    AND 1 = (SELECT COUNT(*) FROM "delivered")
),
"staged" AS (
  SELECT
    "hk_person_no_sitter" AS "hk_person_no",
    "hk_office",
    "hk_l_seats",
    "load_dt",
    "load_src",
    "row_no"
  FROM "stage"."seats"
  WHERE "hk_person_no_sitter" IS NOT NULL AND "hk_office" IS NOT NULL
    AND "row_no" NOT IN (SELECT "row_no" FROM "losers")
    AND "row_no" NOT IN (SELECT "row_no" FROM "unchanged")
),
"driving_keys" AS (
  SELECT "hk_person_no", "hk_office" FROM "staged"
  UNION
  SELECT "hk_person_no", "hk_office"
  FROM "vault"."l_seats"
  WHERE "hk_l_seats" IN (SELECT "hk_l_seats" FROM "open_keys" WHERE "hk_l_seats" NOT IN (SELECT "hk_l_seats" FROM "unchanged"))
),
"related" AS (
  SELECT known."hk_person_no", known."hk_office", known."hk_l_seats"
  FROM "vault"."l_seats" AS known
  WHERE EXISTS (SELECT 1 FROM "driving_keys" AS wanted WHERE wanted."hk_person_no" = known."hk_person_no" AND wanted."hk_office" = known."hk_office")
),
"stored" AS (
  SELECT related."hk_person_no", related."hk_office", stored."hk_l_seats", stored."start_dt", stored."end_dt", stored."load_dt"
  FROM "vault"."s_seats" AS stored
  JOIN "related" AS related ON related."hk_l_seats" = stored."hk_l_seats"
),
-- What is stored of a driving key: at this moment the relationship that opened holds, or none.
"told" AS (
  SELECT "hk_person_no", "hk_office", "hk_l_seats", "start_dt" AS "starts", "load_dt"
  FROM "stored"
  WHERE "end_dt" IS NULL
  UNION
  SELECT closed."hk_person_no", closed."hk_office", CAST(NULL AS UUID), closed."load_dt", closed."load_dt"
  FROM "stored" AS closed
  WHERE closed."end_dt" IS NOT NULL
    AND NOT EXISTS (
      SELECT 1
      FROM "stored" AS opened
      WHERE opened."hk_person_no" = closed."hk_person_no" AND opened."hk_office" = closed."hk_office"
        AND opened."load_dt" = closed."load_dt"
        AND opened."end_dt" IS NULL
    )
),
-- Of each delivered moment, the next whole delivery that is known already: what it held stands.
"following" AS (
  SELECT loaded."load_dt", COALESCE(loaded."load_src", 'facility') AS "load_src"
  FROM "dv_meta"."loaded_delivery" AS loaded
  WHERE loaded."step" = 'load:s_seats'
    AND loaded."source" = 'seats'
    AND loaded."whole" = 1
    AND loaded."load_dt" NOT IN (SELECT "load_dt" FROM "delivered")
    AND loaded."load_dt" IN (
      SELECT MIN(loaded."load_dt")
      FROM "dv_meta"."loaded_delivery" AS loaded
      JOIN (
        SELECT "load_dt" FROM "delivered"
        UNION
        SELECT "load_dt" FROM "stage"."seats"
      ) AS late ON late."load_dt" < loaded."load_dt"
      WHERE loaded."step" = 'load:s_seats'
        AND loaded."source" = 'seats'
        AND loaded."whole" = 1
      GROUP BY late."load_dt"
    )
),
-- What the next delivery held of a driving key: the newest that was told by then.
"restored" AS (
  SELECT wanted."hk_person_no", wanted."hk_office", following."load_dt", following."load_src", MAX(told."load_dt") AS "since"
  FROM "driving_keys" AS wanted
  CROSS JOIN "following" AS following
  LEFT JOIN "told" AS told
    ON told."hk_person_no" = wanted."hk_person_no" AND told."hk_office" = wanted."hk_office"
    AND told."load_dt" <= following."load_dt"
  GROUP BY wanted."hk_person_no", wanted."hk_office", following."load_dt", following."load_src"
),
-- Rows of driving keys that are stored already or may be staged more than once, or that a later delivery may lack;
-- any other row simply opens its relationship.
"ordered" AS (
  SELECT "row_no" FROM "repeated"
  UNION
  SELECT staged."row_no"
  FROM "staged" AS staged
  WHERE EXISTS (SELECT 1 FROM "stored" AS stored WHERE stored."hk_person_no" = staged."hk_person_no" AND stored."hk_office" = staged."hk_office")
  UNION
  SELECT "row_no" FROM "staged" WHERE "load_dt" < (SELECT MAX("load_dt") FROM "delivered")
  UNION
  SELECT "row_no" FROM "staged" WHERE "load_dt" < (SELECT MAX("load_dt") FROM "following")
),
"line" AS (
  SELECT "hk_person_no", "hk_office", "hk_l_seats", "starts", "load_dt", CAST(NULL AS VARCHAR(255)) AS "load_src"
  FROM "told"
  UNION ALL
  -- A moment that is stored already stands; a staged row that contradicts it is in the rejects.
  SELECT staged."hk_person_no", staged."hk_office", staged."hk_l_seats", staged."load_dt", staged."load_dt", staged."load_src"
  FROM "staged" AS staged
  WHERE staged."row_no" IN (SELECT "row_no" FROM "ordered")
    AND NOT EXISTS (
      SELECT 1
      FROM "told" AS told
      WHERE told."hk_person_no" = staged."hk_person_no" AND told."hk_office" = staged."hk_office"
        AND told."load_dt" = staged."load_dt"
    )
  UNION ALL
  -- What a full delivery lacks has no relationship any more.
  SELECT absent."hk_person_no", absent."hk_office", CAST(NULL AS UUID), absent."load_dt", absent."load_dt", 'facility'
  FROM (
    SELECT wanted."hk_person_no", wanted."hk_office", delivered."load_dt"
    FROM "driving_keys" AS wanted
    CROSS JOIN "delivered" AS delivered
  ) AS absent
  WHERE NOT EXISTS (
      SELECT 1
      FROM "staged" AS staged
      WHERE staged."hk_person_no" = absent."hk_person_no" AND staged."hk_office" = absent."hk_office"
        AND staged."load_dt" = absent."load_dt"
    )
    AND NOT EXISTS (
      SELECT 1
      FROM "told" AS told
      WHERE told."hk_person_no" = absent."hk_person_no" AND told."hk_office" = absent."hk_office"
        AND told."load_dt" = absent."load_dt"
    )
  UNION ALL
  SELECT restored."hk_person_no", restored."hk_office", told."hk_l_seats", restored."load_dt", restored."load_dt", CASE WHEN told."hk_l_seats" IS NULL THEN 'facility' ELSE restored."load_src" END
  FROM "restored" AS restored
  LEFT JOIN "told" AS told
    ON told."hk_person_no" = restored."hk_person_no" AND told."hk_office" = restored."hk_office"
    AND told."load_dt" = restored."since"
  WHERE (restored."since" IS NULL OR restored."since" < restored."load_dt")
    AND NOT EXISTS (
      SELECT 1
      FROM "staged" AS staged
      WHERE staged."hk_person_no" = restored."hk_person_no" AND staged."hk_office" = restored."hk_office"
        AND staged."load_dt" = restored."load_dt"
    )
),
"compared" AS (
  SELECT
    line.*,
    LAG("hk_l_seats") OVER (PARTITION BY "hk_person_no", "hk_office" ORDER BY "load_dt") AS "held"
  FROM "line" AS line
),
"turns" AS (
  SELECT
    compared.*,
    LAG("starts") OVER (PARTITION BY "hk_person_no", "hk_office" ORDER BY "load_dt") AS "since",
    LAG("load_src") OVER (PARTITION BY "hk_person_no", "hk_office" ORDER BY "load_dt") AS "opened_by"
  FROM "compared" AS compared
  WHERE "hk_l_seats" IS DISTINCT FROM "held"
),
"made" AS (
  SELECT "hk_l_seats", "starts" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", "load_dt", "load_src"
  FROM "turns"
  WHERE "hk_l_seats" IS NOT NULL
  UNION ALL
  -- A late relationship that ends at a stored moment was delivered by the row that opens it.
  SELECT "held", "since", "load_dt", "load_dt", COALESCE("load_src", "opened_by")
  FROM "turns"
  WHERE "held" IS NOT NULL
)
SELECT "hk_l_seats", "load_dt" AS "start_dt", CAST(NULL AS TIMESTAMP) AS "end_dt", "load_dt", "load_src"
FROM "staged"
WHERE "hk_l_seats" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "ordered")
UNION ALL
SELECT "hk_l_seats", "start_dt", "end_dt", "load_dt", "load_src"
FROM "made" AS made
WHERE NOT EXISTS (
  SELECT 1
  FROM "stored" AS stored
  WHERE stored."hk_l_seats" = made."hk_l_seats"
    AND stored."load_dt" = made."load_dt"
);

-- Every version with the half-open interval [load_dt, load_end_dt) in which it was the newest known.
CREATE OR REPLACE VIEW "vault"."s_seats_history" AS
SELECT
  "hk_l_seats",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_seats" ORDER BY "load_dt") AS "load_end_dt",
  LEAD("load_dt") OVER (PARTITION BY "hk_l_seats" ORDER BY "load_dt") IS NULL AS "is_current"
FROM "vault"."s_seats";

-- The newest version of every key.
CREATE OR REPLACE VIEW "vault"."s_seats_current" AS
SELECT
  "hk_l_seats",
  "start_dt",
  "end_dt",
  "load_dt",
  "load_src"
FROM "vault"."s_seats_history"
WHERE "is_current";
