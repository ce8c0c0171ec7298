-- satellite s_vips: rendered by dv-gen from metadata/model.yml:13.
-- Edit the metadata or the templates, not this file.

CREATE TABLE IF NOT EXISTS "vault"."s_vips" (
  "hk_user_no" VARBINARY(16) NOT NULL,
  "vip" BOOLEAN,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020) NOT NULL,
  PRIMARY KEY ("hk_user_no") DISABLED
)
ORDER BY "hk_user_no"
SEGMENTED BY HASH("hk_user_no") ALL NODES
PARTITION BY "load_dt"::DATE
  GROUP BY CALENDAR_HIERARCHY_DAY("load_dt"::DATE, 3, 2);

-- The ghost rows, once: the zero key is what is unknown, the other one what is wrong.
INSERT /*+LABEL('dv_gen:s_vips')*/ INTO "vault"."s_vips" (
  "hk_user_no",
  "vip",
  "load_dt",
  "load_src"
)
SELECT
  ghost."key" AS "hk_user_no",
  CAST(NULL AS BOOLEAN) AS "vip",
  TIMESTAMP '0001-01-01 00:00:00' AS "load_dt",
  'ghost' AS "load_src"
FROM (
  SELECT HEX_TO_BINARY('00000000000000000000000000000000') AS "key"
  UNION ALL
  SELECT HEX_TO_BINARY('ffffffffffffffffffffffffffffffff') AS "key"
) AS ghost
WHERE ghost."key" NOT IN (
  SELECT known."hk_user_no"
  FROM "vault"."s_vips" AS known
  WHERE known."hk_user_no" IN (HEX_TO_BINARY('00000000000000000000000000000000'), HEX_TO_BINARY('ffffffffffffffffffffffffffffffff'))
    AND known."load_dt" = TIMESTAMP '0001-01-01 00:00:00'
);

DROP TABLE IF EXISTS v_temp_schema."s_vips_repeats";

CREATE LOCAL TEMPORARY TABLE "s_vips_repeats" ON COMMIT PRESERVE ROWS AS
SELECT "row_no"
FROM (
  SELECT
    "row_no",
    ROW_NUMBER() OVER (PARTITION BY "hk_user_no" ORDER BY "load_dt", "row_no" ASC) AS "place no"
  FROM "stage"."users"
  WHERE "row_no" IN (SELECT "row_no" FROM "stage"."users_repeats")
) AS placed
WHERE "place no" > 1;

-- Staged rows that the satellite cannot hold, kept whole with the reason.
INSERT /*+LABEL('dv_gen:s_vips')*/ INTO "dv_meta"."rejects" (
  "batch_id", "phase", "entity", "source", "file", "line", "row_no", "column_name", "reason", "record"
)
SELECT
  (SELECT "batch_id" FROM "dv_meta"."open_batch") AS "batch_id",
  'load' AS "phase",
  's_vips' AS "entity",
  'users' AS "source",
  staged."load_src" AS "file",
  CAST(NULL AS BIGINT) AS "line",
  staged."row_no" AS "row_no",
  'hk_user_no' AS "column_name",
  'no key' AS "reason",
  COALESCE(REPLACE(REPLACE("user_no", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(REPLACE(REPLACE("name", '\', '\\'), '|', '\|'), '\N') || '|' || COALESCE(TO_CHAR("born", 'YYYY-MM-DD'), '\N') || '|' || COALESCE(CASE WHEN "vip" THEN 'true' WHEN NOT "vip" THEN 'false' END, '\N') || '|' || COALESCE(RTRIM(RTRIM(CAST("score" AS VARCHAR(12)), '0'), '.'), '\N') AS "record"
FROM "stage"."users" AS staged
WHERE staged."hk_user_no" IS NULL;

-- Events: once per key, the first that arrives; what they say is never compared.
INSERT /*+LABEL('dv_gen:s_vips')*/ INTO "vault"."s_vips" (
  "hk_user_no",
  "vip",
  "load_dt",
  "load_src"
)
SELECT
  staged."hk_user_no",
  staged."vip",
  staged."load_dt",
  staged."load_src"
FROM "stage"."users" AS staged
WHERE "hk_user_no" IS NOT NULL
  AND "row_no" NOT IN (SELECT "row_no" FROM "s_vips_repeats")
  AND NOT EXISTS (
    SELECT 1
    FROM "vault"."s_vips" AS known
    WHERE known."hk_user_no" = staged."hk_user_no"
  );

-- Run when the table has its first rows, and whenever it has grown by half since.
SELECT ANALYZE_STATISTICS('vault.s_vips');
