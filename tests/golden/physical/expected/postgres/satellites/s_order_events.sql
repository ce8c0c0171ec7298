-- satellite s_order_events: rendered by dv-gen from metadata/model.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_order_events" (
  "hk_order_no" UUID NOT NULL,
  "ordered_on" DATE,
  "status" VARCHAR(20) COLLATE "C",
  "ldts" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_order_no")
);

SELECT "dv_meta"."lift_key"('"vault"."s_order_events"');

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT INTO "vault"."s_order_events" (
  "hk_order_no",
  "ordered_on",
  "status",
  "ldts",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_order_no" ORDER BY "ldts", "row_no" ASC) AS "place no"
    FROM "stage"."orders"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."orders_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  staged."hk_order_no",
  staged."ordered_on",
  staged."status",
  staged."ldts",
  staged."load_src"
FROM "stage"."orders" AS staged
WHERE "hk_order_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_order_no" NOT IN (
    SELECT known."hk_order_no"
    FROM "vault"."s_order_events" AS known
    WHERE known."hk_order_no" IN (SELECT "hk_order_no" FROM "stage"."orders")
  );

SELECT "dv_meta"."put_key"('"vault"."s_order_events"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."s_order_events" ("hk_order_no", "ordered_on", "status", "ldts", "load_src");
