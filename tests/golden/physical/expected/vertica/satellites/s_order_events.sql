-- satellite s_order_events: rendered by dv-gen from metadata/model.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_order_events" (
  "hk_order_no" VARBINARY(16) NOT NULL,
  "ordered_on" DATE,
  "status" VARCHAR(80),
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_order_no") DISABLED
)
ORDER BY "hk_order_no", "ldts"
SEGMENTED BY HASH("hk_order_no") ALL NODES
KSAFE 1;

DROP TABLE IF EXISTS v_temp_schema."s_order_events_repeats";

CREATE LOCAL TEMPORARY TABLE "s_order_events_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_order_no" ORDER BY "ldts", "row_no" ASC) AS "place no"
  FROM "stage"."orders"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
) AS placed
WHERE "place no" > 1;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT /*+LABEL('dv_gen:s_order_events')*/ INTO "vault"."s_order_events" (
  "hk_order_no",
  "ordered_on",
  "status",
  "ldts",
  "load_src"
)
SELECT
  staged."hk_order_no",
  staged."ordered_on",
  staged."status",
  staged."ldts",
  staged."load_src"
FROM "stage"."orders" AS staged
WHERE "hk_order_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "s_order_events_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."s_order_events" AS known
    WHERE known."hk_order_no" = staged."hk_order_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_order_events');
