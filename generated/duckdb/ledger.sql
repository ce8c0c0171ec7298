-- ledger ledger: rendered by dv-gen 0.1.0 from metadata/project.yml:1.
-- Edit the metadata or the templates, not this file.

CREATE SCHEMA IF NOT EXISTS "stage";

CREATE SCHEMA IF NOT EXISTS "vault";

CREATE SCHEMA IF NOT EXISTS "mart";

CREATE SCHEMA IF NOT EXISTS "dv_meta";

-- The ledger only ever gains rows. A batch: one load date, one model, one plan.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch" (
  "batch_id" VARCHAR(64) NOT NULL,
  "load_dt" TIMESTAMP NOT NULL,
  "opened_at" TIMESTAMP NOT NULL,
  "model" VARCHAR(64) NOT NULL,
  "hash_rule" VARCHAR(128) NOT NULL,
  "allow_late" BOOLEAN NOT NULL,
  "by_period" VARCHAR(16) NOT NULL,
  "dv_gen" VARCHAR(32) NOT NULL
);

-- A batch without a row here is open: the next run takes it up again.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_end" (
  "batch_id" VARCHAR(64) NOT NULL,
  "status" VARCHAR(16) NOT NULL,
  "ended_at" TIMESTAMP NOT NULL
);

-- The files that a batch was planned with.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_file" (
  "batch_id" VARCHAR(64) NOT NULL,
  "source" VARCHAR(128) NOT NULL,
  "file_no" INTEGER NOT NULL,
  "root" VARCHAR(1024) NOT NULL,
  "path" VARCHAR(1024) NOT NULL,
  "etag" VARCHAR(256) NOT NULL,
  "size_bytes" BIGINT NOT NULL
);

-- The steps that a batch was planned with, written before the first of them runs.
CREATE TABLE IF NOT EXISTS "dv_meta"."batch_step" (
  "batch_id" VARCHAR(64) NOT NULL,
  "step_no" INTEGER NOT NULL,
  "step" VARCHAR(256) NOT NULL
);

-- How a step ended; a step that was tried again has several rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."step_result" (
  "batch_id" VARCHAR(64) NOT NULL,
  "step" VARCHAR(256) NOT NULL,
  "status" VARCHAR(16) NOT NULL,
  "rows_staged" BIGINT NOT NULL,
  "rows_inserted" BIGINT NOT NULL,
  "rows_rejected" BIGINT NOT NULL,
  "rows_filtered" BIGINT NOT NULL,
  "started_at" TIMESTAMP NOT NULL,
  "ended_at" TIMESTAMP NOT NULL,
  "error" VARCHAR(4000)
);

-- What was read from a file, committed together with its staged rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."file_result" (
  "batch_id" VARCHAR(64) NOT NULL,
  "source" VARCHAR(128) NOT NULL,
  "path" VARCHAR(1024) NOT NULL,
  "sha256" VARCHAR(64) NOT NULL,
  "rows_read" BIGINT NOT NULL,
  "rows_staged" BIGINT NOT NULL,
  "rows_rejected" BIGINT NOT NULL,
  "rows_filtered" BIGINT NOT NULL,
  "last_load_dt" TIMESTAMP
);

-- The files that every entity they feed has been loaded from: they are not loaded again.
-- The load date is the newest of their source in the batch; a batch may have left none of its rows.
CREATE TABLE IF NOT EXISTS "dv_meta"."file_loaded" (
  "batch_id" VARCHAR(64) NOT NULL,
  "source" VARCHAR(128) NOT NULL,
  "path" VARCHAR(1024) NOT NULL,
  "etag" VARCHAR(256) NOT NULL,
  "size_bytes" BIGINT NOT NULL,
  "load_dt" TIMESTAMP
);

-- Rows that were not loaded, whole, with the reason. Phase `stage`: the record as it stands in
-- the file; phase `load`: its columns joined as for a hash.
CREATE TABLE IF NOT EXISTS "dv_meta"."rejects" (
  "batch_id" VARCHAR(64) NOT NULL,
  "phase" VARCHAR(8) NOT NULL,
  "entity" VARCHAR(128) NOT NULL,
  "source" VARCHAR(128) NOT NULL,
  "file" VARCHAR(1024) NOT NULL,
  "line" BIGINT,
  "row_no" BIGINT,
  "column_name" VARCHAR(128),
  "reason" VARCHAR(1024) NOT NULL,
  "record" VARCHAR(8000000)
);

-- The batch that is being loaded: the load statements read its id here.
CREATE OR REPLACE VIEW "dv_meta"."open_batch" AS
SELECT "batch_id"
FROM "dv_meta"."batch"
WHERE "batch_id" NOT IN (SELECT "batch_id" FROM "dv_meta"."batch_end");

-- The sources that the open batch brings whole: with files, and without a reject. What such a
-- delivery lacks has vanished; a source without files here has not been delivered at all.
CREATE OR REPLACE VIEW "dv_meta"."delivered_whole" AS
SELECT DISTINCT file."source", batch."load_dt"
FROM "dv_meta"."batch_file" AS file
JOIN "dv_meta"."batch" AS batch ON batch."batch_id" = file."batch_id"
WHERE file."batch_id" IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
  AND file."source" NOT IN (
    SELECT "source"
    FROM "dv_meta"."file_result"
    WHERE "batch_id" IN (SELECT "batch_id" FROM "dv_meta"."open_batch")
      AND "rows_rejected" > 0
  );

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

-- What the tables of the vault were built from: columns, keys, parents, the hash rule. Of several
-- rows of a table the newest counts.
CREATE TABLE IF NOT EXISTS "dv_meta"."table_definition" (
  "schema_name" VARCHAR(128) NOT NULL,
  "table_name" VARCHAR(128) NOT NULL,
  "definition" VARCHAR(8000000) NOT NULL,
  "dv_gen" VARCHAR(32) NOT NULL,
  "recorded_at" TIMESTAMP NOT NULL
);
