-- ledger ledger: rendered by dv-gen 0.1.0 from metadata/project.yml:1.
-- Edit the metadata or the templates, not this file.

CREATE SCHEMA IF NOT EXISTS "stage";

CREATE SCHEMA IF NOT EXISTS "vault";

CREATE SCHEMA IF NOT EXISTS "mart";

CREATE SCHEMA IF NOT EXISTS "dv_meta";

-- The ledger only ever gains rows. A batch: one load date, one model, one plan.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "opened_at" TIMESTAMP NOT NULL,
  "model" VARCHAR(64) COLLATE "C" NOT NULL,
  "hash_rule" VARCHAR(128) COLLATE "C" NOT NULL,
  "allow_late" BOOLEAN NOT NULL,
  "by_period" VARCHAR(16) COLLATE "C" NOT NULL,
  "dv_gen" VARCHAR(32) COLLATE "C" NOT NULL
);

-- A batch without a row here is open: the next run takes it up again.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_end" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "status" VARCHAR(16) COLLATE "C" NOT NULL,
  "ended_at" TIMESTAMP NOT NULL
);

-- The files that a batch was planned with. The load date is that of the file's rows where it is
-- another than the batch's: a file that is loaded again is the delivery that it was.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_file" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "source" VARCHAR(128) COLLATE "C" NOT NULL,
  "file_no" INTEGER NOT NULL,
  "root" VARCHAR(1024) COLLATE "C" NOT NULL,
  "path" VARCHAR(1024) COLLATE "C" NOT NULL,
  "etag" VARCHAR(256) COLLATE "C" NOT NULL,
  "size_bytes" BIGINT NOT NULL,
  "load_dt" TIMESTAMP
);

-- The steps that a batch was planned with, written before the first of them runs.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_step" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "step_no" INTEGER NOT NULL,
  "step" VARCHAR(256) COLLATE "C" NOT NULL
);

-- How a step ended; a step that was tried again has several rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."step_result" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "step" VARCHAR(256) COLLATE "C" NOT NULL,
  "status" VARCHAR(16) COLLATE "C" NOT NULL,
  "rows_staged" BIGINT NOT NULL,
  "rows_inserted" BIGINT NOT NULL,
  "rows_rejected" BIGINT NOT NULL,
  "rows_filtered" BIGINT NOT NULL,
  "started_at" TIMESTAMP NOT NULL,
  "ended_at" TIMESTAMP NOT NULL,
  "error" VARCHAR(4000) COLLATE "C"
);

-- What was read from a file, committed together with its staged rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."file_result" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "source" VARCHAR(128) COLLATE "C" NOT NULL,
  "path" VARCHAR(1024) COLLATE "C" NOT NULL,
  "sha256" VARCHAR(64) COLLATE "C" NOT NULL,
  "rows_read" BIGINT NOT NULL,
  "rows_staged" BIGINT NOT NULL,
  "rows_rejected" BIGINT NOT NULL,
  "rows_filtered" BIGINT NOT NULL,
  "last_load_dt" TIMESTAMP
);

-- The files that every entity they feed has been loaded from: they are not loaded again.
-- The load date is the newest of their source in the batch; a batch may have left none of its rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."file_loaded" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "source" VARCHAR(128) COLLATE "C" NOT NULL,
  "path" VARCHAR(1024) COLLATE "C" NOT NULL,
  "etag" VARCHAR(256) COLLATE "C" NOT NULL,
  "size_bytes" BIGINT NOT NULL,
  "load_dt" TIMESTAMP
);

-- What a source has delivered: each load date of a full source, and the newest of each file of a
-- delta. The record source is empty where the rows have several. Whole is what has no reject.
CREATE TABLE IF NOT EXISTS "dv_meta"."delivery" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "source" VARCHAR(128) COLLATE "C" NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(255) COLLATE "C",
  "is_whole" BOOLEAN NOT NULL
);

-- Rows that were not loaded, whole, with the reason. Phase `stage`: the record as it stands in
-- the file; phase `load`: its columns joined as for a hash.
CREATE TABLE IF NOT EXISTS "dv_meta"."rejects" (
  "batch_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "phase" VARCHAR(8) COLLATE "C" NOT NULL,
  "entity" VARCHAR(128) COLLATE "C" NOT NULL,
  "source" VARCHAR(128) COLLATE "C" NOT NULL,
  "file" VARCHAR(1024) COLLATE "C" NOT NULL,
  "line" BIGINT,
  "row_no" BIGINT,
  "column_name" VARCHAR(128) COLLATE "C",
  "reason" VARCHAR(1024) COLLATE "C" NOT NULL,
  "record" TEXT COLLATE "C"
);

-- How the engine upper-cases letters, by its version: keys are hashed in upper case. The newest row
-- counts. `letters` has pairs of a letter and its capital, `fingerprint` is their digest.
CREATE TABLE IF NOT EXISTS "dv_meta"."casing" (
  "recorded_at" TIMESTAMP NOT NULL,
  "engine_version" VARCHAR(512) COLLATE "C" NOT NULL,
  "fingerprint" VARCHAR(64) COLLATE "C" NOT NULL,
  "letters" VARCHAR(15000) COLLATE "C" NOT NULL
);

-- The batch that is being loaded: the load statements read its id here.
CREATE OR REPLACE VIEW "dv_meta"."open_batch" AS
SELECT "batch_id"
FROM "dv_meta"."batch"
WHERE "batch_id" NOT IN (SELECT "batch_id" FROM "dv_meta"."batch_end");

-- The deliveries that the open batch brings whole: with files, and without a reject; or by a query
-- that has run. What such a delivery lacks has vanished; a source without files here has not been
-- delivered at all.
CREATE OR REPLACE VIEW "dv_meta"."delivered_whole" AS
SELECT
  file."source",
  COALESCE(file."load_dt", batch."load_dt") AS "load_dt",
  COALESCE(SUM(result."rows_staged"), 0) AS "rows_staged"
FROM "dv_meta"."batch_file" AS file
JOIN "dv_meta"."batch" AS batch ON batch."batch_id" = file."batch_id"
LEFT JOIN "dv_meta"."file_result" AS result
  ON result."batch_id" = file."batch_id"
  AND result."source" = file."source"
  AND result."path" = file."path"
WHERE file."batch_id" IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
GROUP BY file."source", COALESCE(file."load_dt", batch."load_dt")
HAVING COALESCE(MAX(result."rows_rejected"), 0) = 0
UNION ALL
SELECT
  CAST(SUBSTR(result."step", 7) AS VARCHAR(128)) AS "source",
  batch."load_dt",
  MAX(result."rows_staged") AS "rows_staged"
FROM "dv_meta"."step_result" AS result
JOIN "dv_meta"."batch" AS batch ON batch."batch_id" = result."batch_id"
WHERE result."batch_id" IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
  AND result."step" LIKE 'query:%'
  AND result."status" = 'done'
GROUP BY result."step", batch."load_dt";

-- The batch that the stage holds: the newest. The checks of staged rows read its id here.
CREATE OR REPLACE VIEW "dv_meta"."newest_batch" AS
SELECT "batch_id"
FROM "dv_meta"."batch"
WHERE "opened_at" IN (SELECT MAX("opened_at") FROM "dv_meta"."batch");

-- The files of ended batches that nothing since has brought into every entity that they feed: some
-- of these may lack their rows.
CREATE OR REPLACE VIEW "dv_meta"."unfinished_file" AS
SELECT file."batch_id", file."source"
FROM "dv_meta"."batch_file" AS file
JOIN "dv_meta"."batch" AS batch ON batch."batch_id" = file."batch_id"
LEFT JOIN (
  SELECT whole."source", whole."path", whole."etag", whole."size_bytes", MAX(later."opened_at") AS "opened_at"
  FROM "dv_meta"."file_loaded" AS whole
  JOIN "dv_meta"."batch" AS later ON later."batch_id" = whole."batch_id"
  GROUP BY whole."source", whole."path", whole."etag", whole."size_bytes"
) AS loaded
  ON loaded."source" = file."source"
  AND loaded."path" = file."path"
  AND loaded."etag" = file."etag"
  AND loaded."size_bytes" = file."size_bytes"
WHERE file."batch_id" NOT IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
  AND (loaded."opened_at" IS NULL OR loaded."opened_at" < batch."opened_at");

-- The deliveries that a load step has been done with: what its table knows.
CREATE OR REPLACE VIEW "dv_meta"."loaded_delivery" AS
SELECT
  result."step",
  delivery."source",
  delivery."load_dt",
  CASE WHEN MIN(delivery."load_src") = MAX(delivery."load_src") THEN MIN(delivery."load_src") END AS "load_src",
  MAX(CASE WHEN delivery."is_whole" THEN 1 ELSE 0 END) AS "whole"
FROM "dv_meta"."delivery" AS delivery
JOIN (
  SELECT DISTINCT "batch_id", "step"
  FROM "dv_meta"."step_result"
  WHERE "status" = 'done'
) AS result ON result."batch_id" = delivery."batch_id"
GROUP BY result."step", delivery."source", delivery."load_dt";

-- What a check has found. Without a batch it is of the whole table; with one it is of the rows that
-- this batch had staged, those of one period where it was loaded by periods.
CREATE TABLE IF NOT EXISTS "dv_meta"."finding" (
  "finding_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "entity" VARCHAR(128) COLLATE "C" NOT NULL,
  "check_name" VARCHAR(128) COLLATE "C" NOT NULL,
  "batch_id" VARCHAR(64) COLLATE "C",
  "period" VARCHAR(64) COLLATE "C" NOT NULL,
  "rows_found" BIGINT NOT NULL,
  "first_rows" VARCHAR(64) COLLATE "C" NOT NULL,
  "file" VARCHAR(1024) COLLATE "C" NOT NULL,
  "line" INTEGER NOT NULL,
  "found_at" TIMESTAMP NOT NULL,
  "dv_gen" VARCHAR(32) COLLATE "C" NOT NULL
);

-- How a finding has ended: `passed`, when the check was asked again and found nothing, or `accepted`
-- for a reason. What is accepted and then passes has both.
CREATE TABLE IF NOT EXISTS "dv_meta"."finding_resolution" (
  "finding_id" VARCHAR(64) COLLATE "C" NOT NULL,
  "resolution" VARCHAR(16) COLLATE "C" NOT NULL,
  "reason" VARCHAR(4000) COLLATE "C",
  "resolved_at" TIMESTAMP NOT NULL,
  "dv_gen" VARCHAR(32) COLLATE "C" NOT NULL
);

-- The findings that nothing has ended: while there are any, runs exit with 3.
CREATE OR REPLACE VIEW "dv_meta"."open_finding" AS
SELECT "finding_id", "entity", "check_name", "batch_id", "period", "rows_found", "file", "line", "found_at"
FROM "dv_meta"."finding"
WHERE "finding_id" NOT IN (SELECT "finding_id" FROM "dv_meta"."finding_resolution");

-- What the tables of the vault were built from: columns, keys, parents, the hash rule. Of several
-- rows of a table the newest counts.
CREATE TABLE IF NOT EXISTS "dv_meta"."table_definition" (
  "schema_name" VARCHAR(128) COLLATE "C" NOT NULL,
  "table_name" VARCHAR(128) COLLATE "C" NOT NULL,
  "definition" TEXT COLLATE "C" NOT NULL,
  "dv_gen" VARCHAR(32) COLLATE "C" NOT NULL,
  "recorded_at" TIMESTAMP NOT NULL
);

-- A table without rows gets its key behind them: its index is made faster at once than row by row.
CREATE OR REPLACE FUNCTION "dv_meta"."lift_key"(filled REGCLASS) RETURNS VOID
LANGUAGE plpgsql AS $function$
DECLARE
  has_rows BOOLEAN;
  lifted RECORD;
BEGIN
  EXECUTE FORMAT('SELECT EXISTS (SELECT FROM %s OFFSET 2)', filled) INTO has_rows;
  IF has_rows THEN
    RETURN;
  END IF;
  SELECT conname, PG_GET_CONSTRAINTDEF(oid) AS definition INTO lifted
  FROM pg_catalog.pg_constraint
  WHERE conrelid = filled
    AND contype = 'p';
  IF FOUND THEN
    EXECUTE FORMAT('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', filled);
    EXECUTE FORMAT('ALTER TABLE %s DROP CONSTRAINT %I', filled, lifted.conname);
    PERFORM SET_CONFIG('dv_gen.key', FORMAT('ADD CONSTRAINT %I %s', lifted.conname, lifted.definition), TRUE);
  END IF;
EXCEPTION
  -- It stays where somebody reads the table, refers to the key, or has not given the right to it.
  WHEN LOCK_NOT_AVAILABLE OR DEPENDENT_OBJECTS_STILL_EXIST OR INSUFFICIENT_PRIVILEGE THEN
    NULL;
END
$function$;

-- The key as it was, if it was taken.
CREATE OR REPLACE FUNCTION "dv_meta"."put_key"(filled REGCLASS) RETURNS VOID
LANGUAGE plpgsql AS $function$
BEGIN
  IF CURRENT_SETTING('dv_gen.key', TRUE) <> '' THEN
    EXECUTE FORMAT('ALTER TABLE %s %s', filled, CURRENT_SETTING('dv_gen.key'));
    PERFORM SET_CONFIG('dv_gen.key', '', TRUE);
  END IF;
END
$function$;

-- A finished table takes the place of the one that bears its name. Where the columns are the same the
-- rows change, in one transaction: readers see the old ones until then. Where they are not, the
-- new table gets the owner, the grants and the comments of the old one.
CREATE OR REPLACE FUNCTION "dv_meta"."publish_table"(in_schema TEXT, table_name TEXT, new_name TEXT)
RETURNS VOID
LANGUAGE plpgsql AS $function$
DECLARE
  fresh REGCLASS := FORMAT('%I.%I', in_schema, new_name);
  known REGCLASS := TO_REGCLASS(FORMAT('%I.%I', in_schema, table_name));
  kind "char" := (SELECT relkind FROM pg_catalog.pg_class WHERE oid = known);
  columns TEXT[];
  item RECORD;
BEGIN
  SELECT ARRAY_AGG(ROW(attname, atttypid, atttypmod, attcollation)::TEXT ORDER BY attnum) INTO columns
  FROM pg_catalog.pg_attribute
  WHERE attrelid = fresh AND attnum > 0 AND NOT attisdropped;
  IF kind = 'r' AND columns = (
    SELECT ARRAY_AGG(ROW(attname, atttypid, atttypmod, attcollation)::TEXT ORDER BY attnum)
    FROM pg_catalog.pg_attribute
    WHERE attrelid = known AND attnum > 0 AND NOT attisdropped
  ) THEN
    EXECUTE FORMAT('DELETE FROM %s', known);
    EXECUTE FORMAT('INSERT INTO %s SELECT * FROM %s', known, fresh);
    EXECUTE FORMAT('DROP TABLE %s', fresh);
    RETURN;
  END IF;
  -- What the schema grants by default on a new table, where somebody has settled it for the old one.
  FOR item IN
    SELECT DISTINCT CASE WHEN acl.grantee = 0 THEN 'PUBLIC' ELSE FORMAT('%I', PG_GET_USERBYID(acl.grantee)) END AS grantee
    FROM pg_catalog.pg_class AS made
    CROSS JOIN ACLEXPLODE(made.relacl) AS acl
    WHERE made.oid = fresh
      AND acl.grantee <> made.relowner
      AND EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = known AND relacl IS NOT NULL)
  LOOP
    EXECUTE FORMAT('REVOKE ALL ON %s FROM %s', fresh, item.grantee);
  END LOOP;
  FOR item IN
    SELECT
      acl.privilege_type || COALESCE(' (' || QUOTE_IDENT(held.attname) || ')', '') AS privilege,
      CASE WHEN acl.grantee = 0 THEN 'PUBLIC' ELSE FORMAT('%I', PG_GET_USERBYID(acl.grantee)) END AS grantee,
      CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS tail
    FROM (
      SELECT relowner, NULL::NAME AS attname, relacl AS acl FROM pg_catalog.pg_class WHERE oid = known
      UNION ALL
      SELECT old.relowner, before.attname, before.attacl
      FROM pg_catalog.pg_class AS old
      JOIN pg_catalog.pg_attribute AS before ON before.attrelid = old.oid AND before.attacl IS NOT NULL
      JOIN pg_catalog.pg_attribute AS after ON after.attrelid = fresh AND after.attname = before.attname
      WHERE old.oid = known AND NOT before.attisdropped
    ) AS held
    CROSS JOIN ACLEXPLODE(held.acl) AS acl
    WHERE acl.grantee <> held.relowner
  LOOP
    EXECUTE FORMAT('GRANT %s ON %s TO %s%s', item.privilege, fresh, item.grantee, item.tail);
  END LOOP;
  FOR item IN
    SELECT after.attname, noted.description
    FROM pg_catalog.pg_description AS noted
    LEFT JOIN pg_catalog.pg_attribute AS before ON before.attrelid = known AND before.attnum = noted.objsubid
    LEFT JOIN pg_catalog.pg_attribute AS after ON after.attrelid = fresh AND after.attname = before.attname
    WHERE noted.classoid = 'pg_catalog.pg_class'::REGCLASS
      AND noted.objoid = known
      AND (noted.objsubid = 0 OR after.attname IS NOT NULL)
  LOOP
    IF item.attname IS NULL THEN
      EXECUTE FORMAT('COMMENT ON TABLE %s IS %L', fresh, item.description);
    ELSE
      EXECUTE FORMAT('COMMENT ON COLUMN %s.%I IS %L', fresh, item.attname, item.description);
    END IF;
  END LOOP;
  FOR item IN
    SELECT PG_GET_USERBYID(old.relowner) AS owner
    FROM pg_catalog.pg_class AS old
    JOIN pg_catalog.pg_class AS made ON made.oid = fresh AND made.relowner <> old.relowner
    WHERE old.oid = known
  LOOP
    EXECUTE FORMAT('ALTER TABLE %s OWNER TO %I', fresh, item.owner);
  END LOOP;
  IF known IS NOT NULL THEN
    EXECUTE FORMAT('DROP %s %s', CASE kind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, known);
  END IF;
  EXECUTE FORMAT('ALTER TABLE %s RENAME TO %I', fresh, table_name);
END
$function$;
