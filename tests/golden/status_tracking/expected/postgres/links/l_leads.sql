-- link l_leads: rendered by dv-gen from metadata/staff.yml:14.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."l_leads" (
  "hk_l_leads" UUID NOT NULL,
  "hk_person_no" UUID NOT NULL,
  "hk_person_no_lead" UUID NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C" NOT NULL,
  PRIMARY KEY ("hk_l_leads")
);

SELECT "dv_meta"."lift_key"('"vault"."l_leads"');

-- New relationships of this batch; a row that lacks one of the hubs' keys makes none.
INSERT INTO "vault"."l_leads" (
  "hk_l_leads",
  "hk_person_no",
  "hk_person_no_lead",
  "load_dt",
  "load_src"
)
WITH
"repeats" AS (
  SELECT "row_no"
  FROM (
    SELECT
      "row_no",
      ROW_NUMBER() OVER (PARTITION BY "hk_l_leads" ORDER BY "load_dt", "load_src") AS "place no"
    FROM "stage"."staff"
    WHERE "row_no" IN (SELECT "row_no" FROM "stage"."staff_repeats")
  ) AS placed
  WHERE "place no" > 1
)
SELECT
  "hk_l_leads",
  "hk_person_no",
  "hk_person_no_lead",
  "load_dt",
  "load_src"
FROM "stage"."staff" AS staged
WHERE "hk_l_leads" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "repeats")
  AND "hk_l_leads" NOT IN (
    SELECT known."hk_l_leads"
    FROM "vault"."l_leads" AS known
    WHERE known."hk_l_leads" IN (SELECT "hk_l_leads" FROM "stage"."staff")
  );

SELECT "dv_meta"."put_key"('"vault"."l_leads"');

-- Run when the table has its first rows, and whenever it has grown by half since.
ANALYZE "vault"."l_leads" ("hk_l_leads", "hk_person_no", "hk_person_no_lead", "load_dt", "load_src");
