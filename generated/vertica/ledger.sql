-- ledger ledger: rendered by dv-gen 0.1.0 from metadata/project.yml:1.
-- Edit the metadata or the templates, not this file.

CREATE SCHEMA IF NOT EXISTS "stage";

CREATE SCHEMA IF NOT EXISTS "vault";

CREATE SCHEMA IF NOT EXISTS "mart";

CREATE SCHEMA IF NOT EXISTS "dv_meta";

-- The ledger only ever gains rows. A batch: one load date, one model, one plan.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch" (
  "batch_id" VARCHAR(256) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "opened_at" TIMESTAMP NOT NULL,
  "model" VARCHAR(256) NOT NULL,
  "hash_rule" VARCHAR(512) NOT NULL,
  "allow_late" BOOLEAN NOT NULL,
  "by_period" VARCHAR(64) NOT NULL,
  "dv_gen" VARCHAR(128) NOT NULL
)
ORDER BY "batch_id"
UNSEGMENTED ALL NODES;

-- A batch without a row here is open: the next run takes it up again.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_end" (
  "batch_id" VARCHAR(256) NOT NULL,
  "status" VARCHAR(64) NOT NULL,
  "ended_at" TIMESTAMP NOT NULL
)
ORDER BY "batch_id"
UNSEGMENTED ALL NODES;

-- The files that a batch was planned with. The load date is that of the file's rows where it is
-- another than the batch's: a file that is loaded again is the delivery that it was.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_file" (
  "batch_id" VARCHAR(256) NOT NULL,
  "source" VARCHAR(512) NOT NULL,
  "file_no" INTEGER NOT NULL,
  "root" VARCHAR(4096) NOT NULL,
  "path" VARCHAR(4096) NOT NULL,
  "etag" VARCHAR(1024) NOT NULL,
  "size_bytes" BIGINT NOT NULL,
  "load_dt" TIMESTAMP
)
ORDER BY "batch_id", "source", "file_no"
UNSEGMENTED ALL NODES;

-- The steps that a batch was planned with, written before the first of them runs.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_step" (
  "batch_id" VARCHAR(256) NOT NULL,
  "step_no" INTEGER NOT NULL,
  "step" VARCHAR(1024) NOT NULL
)
ORDER BY "batch_id", "step_no"
UNSEGMENTED ALL NODES;

-- How a step ended; a step that was tried again has several rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."step_result" (
  "batch_id" VARCHAR(256) NOT NULL,
  "step" VARCHAR(1024) NOT NULL,
  "status" VARCHAR(64) NOT NULL,
  "rows_staged" BIGINT NOT NULL,
  "rows_inserted" BIGINT NOT NULL,
  "rows_rejected" BIGINT NOT NULL,
  "rows_filtered" BIGINT NOT NULL,
  "started_at" TIMESTAMP NOT NULL,
  "ended_at" TIMESTAMP NOT NULL,
  "error" VARCHAR(16000)
)
ORDER BY "batch_id", "step"
UNSEGMENTED ALL NODES;

-- What was read from a file, committed together with its staged rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."file_result" (
  "batch_id" VARCHAR(256) NOT NULL,
  "source" VARCHAR(512) NOT NULL,
  "path" VARCHAR(4096) NOT NULL,
  "sha256" VARCHAR(256) NOT NULL,
  "rows_read" BIGINT NOT NULL,
  "rows_staged" BIGINT NOT NULL,
  "rows_rejected" BIGINT NOT NULL,
  "rows_filtered" BIGINT NOT NULL,
  "last_load_dt" TIMESTAMP
)
ORDER BY "batch_id", "source", "path"
UNSEGMENTED ALL NODES;

-- The files that every entity they feed has been loaded from: they are not loaded again.
-- The load date is the newest of their source in the batch; a batch may have left none of its rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."file_loaded" (
  "batch_id" VARCHAR(256) NOT NULL,
  "source" VARCHAR(512) NOT NULL,
  "path" VARCHAR(4096) NOT NULL,
  "etag" VARCHAR(1024) NOT NULL,
  "size_bytes" BIGINT NOT NULL,
  "load_dt" TIMESTAMP
)
ORDER BY "source", "path", "batch_id"
UNSEGMENTED ALL NODES;

-- What a source has delivered: each load date of a full source, and the newest of each file of a
-- delta. The record source is empty where the rows have several. Whole is what has no reject.
CREATE TABLE IF NOT EXISTS "dv_meta"."delivery" (
  "batch_id" VARCHAR(256) NOT NULL,
  "source" VARCHAR(512) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "load_src" VARCHAR(1020),
  "is_whole" BOOLEAN NOT NULL
)
ORDER BY "batch_id", "source", "load_dt"
UNSEGMENTED ALL NODES;

-- Rows that were not loaded, whole, with the reason. Phase `stage`: the record as it stands in
-- the file; phase `load`: its columns joined as for a hash.
CREATE TABLE IF NOT EXISTS "dv_meta"."rejects" (
  "batch_id" VARCHAR(256) NOT NULL,
  "phase" VARCHAR(32) NOT NULL,
  "entity" VARCHAR(512) NOT NULL,
  "source" VARCHAR(512) NOT NULL,
  "file" VARCHAR(4096) NOT NULL,
  "line" BIGINT,
  "row_no" BIGINT,
  "column_name" VARCHAR(512),
  "reason" VARCHAR(4096) NOT NULL,
  "record" LONG VARCHAR(32000000)
)
ORDER BY "batch_id", "source", "row_no"
SEGMENTED BY HASH("batch_id", "line", "row_no") ALL NODES;

-- How the engine upper-cases letters, by its version: keys are hashed in upper case. The newest row
-- counts. `letters` has pairs of a letter and its capital, `fingerprint` is their digest.
CREATE TABLE IF NOT EXISTS "dv_meta"."casing" (
  "recorded_at" TIMESTAMP NOT NULL,
  "engine_version" VARCHAR(2048) NOT NULL,
  "fingerprint" VARCHAR(256) NOT NULL,
  "letters" VARCHAR(60000) NOT NULL
)
ORDER BY "recorded_at"
UNSEGMENTED ALL NODES;

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
  CAST(SUBSTR(result."step", 7) AS VARCHAR(512)) AS "source",
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
  "finding_id" VARCHAR(256) NOT NULL,
  "entity" VARCHAR(512) NOT NULL,
  "check_name" VARCHAR(512) NOT NULL,
  "batch_id" VARCHAR(256),
  "period" VARCHAR(256) NOT NULL,
  "rows_found" BIGINT NOT NULL,
  "first_rows" VARCHAR(256) NOT NULL,
  "file" VARCHAR(4096) NOT NULL,
  "line" INTEGER NOT NULL,
  "found_at" TIMESTAMP NOT NULL,
  "dv_gen" VARCHAR(128) NOT NULL
)
ORDER BY "finding_id"
UNSEGMENTED ALL NODES;

-- How a finding has ended: `passed`, when the check was asked again and found nothing, or `accepted`
-- for a reason. What is accepted and then passes has both.
CREATE TABLE IF NOT EXISTS "dv_meta"."finding_resolution" (
  "finding_id" VARCHAR(256) NOT NULL,
  "resolution" VARCHAR(64) NOT NULL,
  "reason" VARCHAR(16000),
  "resolved_at" TIMESTAMP NOT NULL,
  "dv_gen" VARCHAR(128) NOT NULL
)
ORDER BY "finding_id"
UNSEGMENTED ALL NODES;

-- The findings that nothing has ended: while there are any, runs exit with 3.
CREATE OR REPLACE VIEW "dv_meta"."open_finding" AS
SELECT "finding_id", "entity", "check_name", "batch_id", "period", "rows_found", "file", "line", "found_at"
FROM "dv_meta"."finding"
WHERE "finding_id" NOT IN (SELECT "finding_id" FROM "dv_meta"."finding_resolution");

-- What the tables of the vault were built from: columns, keys, parents, the hash rule. Of several
-- rows of a table the newest counts.
CREATE TABLE IF NOT EXISTS "dv_meta"."table_definition" (
  "schema_name" VARCHAR(512) NOT NULL,
  "table_name" VARCHAR(512) NOT NULL,
  "definition" LONG VARCHAR(32000000) NOT NULL,
  "dv_gen" VARCHAR(128) NOT NULL,
  "recorded_at" TIMESTAMP NOT NULL
)
ORDER BY "schema_name", "table_name", "recorded_at"
UNSEGMENTED ALL NODES;
