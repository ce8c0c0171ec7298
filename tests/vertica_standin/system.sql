-- The system schemas. A table's comment holds as JSON what DuckDB does not know of it: see names.py.
CREATE SCHEMA v_catalog;
CREATE SCHEMA v_monitor;
CREATE VIEW v_catalog.dual AS SELECT 'X' AS dummy;
CREATE VIEW v_catalog.nodes AS
SELECT 'v_standin_node0001' AS node_name, 1 AS node_id, 'UP' AS node_state, false AS is_readonly,
  '127.0.0.1' AS node_address;
CREATE VIEW v_catalog.resource_pools AS
SELECT name, name IN ('general', 'sysquery', 'tm', 'refresh', 'recovery') AS is_internal
FROM (SELECT unnest(CAST(getvariable('v_pools') AS VARCHAR[])) AS name) AS pools;
CREATE VIEW v_catalog.schemata AS
SELECT oid AS schema_id, schema_name, 'dbadmin' AS schema_owner,
  schema_name LIKE 'v\_%' ESCAPE '\' AS is_system_schema
FROM duckdb_schemas()
WHERE NOT internal AND database_name = current_database() AND schema_name <> 'main';
CREATE VIEW v_catalog.tables AS
SELECT table_oid AS table_id, schema_name AS table_schema, table_name, 'dbadmin' AS owner_name,
  temporary AS is_temp_table, false AS is_system_table,
  coalesce(json_extract_string(comment, '$.partition'), '') AS partition_expression,
  json_extract_string(comment, '$.segment') AS segment_expression
FROM duckdb_tables()
WHERE NOT internal AND schema_name <> 'main';
CREATE VIEW v_catalog.columns AS
SELECT table_id, table_schema, table_name, column_name, coalesce(v_type, data_type) AS data_type,
  CAST((meta->>'oid') AS BIGINT) AS data_type_id,
  CASE WHEN v_type LIKE '%char%' OR v_type LIKE '%binary%' THEN CAST(regexp_extract(v_type, '\d+') AS BIGINT) END
    AS character_maximum_length,
  CASE WHEN v_type LIKE 'numeric%' THEN numeric_precision END AS numeric_precision,
  CASE WHEN v_type LIKE 'numeric%' THEN numeric_scale END AS numeric_scale,
  ordinal_position, is_nullable, column_default, coalesce((meta->>'identity') = 'true', false) AS is_identity
FROM (
  SELECT c.table_oid AS table_id, c.schema_name AS table_schema, c.table_name, c.column_name,
    lower(c.data_type) AS data_type, c.numeric_precision, c.numeric_scale, c.column_index AS ordinal_position,
    c.is_nullable, coalesce(c.column_default, '') AS column_default,
    CAST(t.comment AS JSON)->'cols'->c.column_name AS meta,
    CAST(t.comment AS JSON)->'cols'->c.column_name->>'t' AS v_type
  FROM duckdb_columns() AS c
  JOIN duckdb_tables() AS t ON t.table_oid = c.table_oid AND t.database_name = c.database_name
  WHERE NOT c.internal AND c.schema_name <> 'main'
) AS columns;
CREATE VIEW v_catalog.views AS
SELECT view_oid AS table_id, schema_name AS table_schema, view_name AS table_name,
  'dbadmin' AS owner_name, sql AS view_definition
FROM duckdb_views()
WHERE NOT internal AND schema_name NOT IN ('main', 'v_catalog', 'v_monitor');
CREATE VIEW v_catalog.view_columns AS
SELECT table_oid AS table_id, schema_name AS table_schema, table_name, column_name,
  lower(data_type) AS data_type, CAST(NULL AS BIGINT) AS character_maximum_length,
  numeric_precision, numeric_scale, column_index AS ordinal_position
FROM duckdb_columns()
WHERE NOT internal AND table_oid IN (SELECT table_id FROM v_catalog.views);
CREATE VIEW v_catalog.constraint_columns AS
SELECT table_oid AS table_id, schema_name AS table_schema, table_name,
  k.con->>'name' AS constraint_name, k.con->>'type' AS constraint_type,
  (k.con->>'enabled') = 'true' AS is_enabled,
  unnest(from_json(k.con->'cols', '["VARCHAR"]')) AS column_name
FROM duckdb_tables(), unnest(from_json(json_extract(comment, '$.cons'), '["JSON"]')) AS k(con)
WHERE comment LIKE '{%';
CREATE VIEW v_catalog.primary_keys AS
SELECT *, row_number() OVER (PARTITION BY table_id) AS ordinal_position
FROM v_catalog.constraint_columns
WHERE constraint_type = 'p';
CREATE VIEW v_catalog.comments AS
SELECT table_oid AS object_id, 'TABLE' AS object_type, schema_name AS object_schema,
  table_name AS object_name, '' AS child_object, json_extract_string(comment, '$.c') AS comment
FROM duckdb_tables()
WHERE json_extract_string(comment, '$.c') IS NOT NULL
UNION ALL
SELECT table_oid, 'COLUMN', schema_name, table_name, name,
  CAST(comment AS JSON)->'cols'->name->>'c'
FROM (
  SELECT table_oid, schema_name, table_name, comment,
    unnest(json_keys(comment, '$.cols')) AS name
  FROM duckdb_tables()
  WHERE json_extract(comment, '$.cols') IS NOT NULL
) AS named
WHERE (CAST(comment AS JSON)->'cols'->name->>'c') IS NOT NULL;
-- Filled in before a statement that reads them: see monitor.py.
CREATE VIEW v_monitor.sessions AS
SELECT unnest(CAST(getvariable('v_sessions') AS STRUCT(
  node_name VARCHAR, user_name VARCHAR, client_os_hostname VARCHAR, client_hostname VARCHAR, client_pid BIGINT,
  login_timestamp TIMESTAMPTZ, session_id VARCHAR, client_label VARCHAR, transaction_start TIMESTAMPTZ,
  transaction_id BIGINT, transaction_description VARCHAR, statement_start TIMESTAMPTZ, statement_id BIGINT,
  current_statement VARCHAR, last_statement VARCHAR, ssl_state VARCHAR, authentication_method VARCHAR,
  client_type VARCHAR, client_version VARCHAR, client_os VARCHAR, client_os_user_name VARCHAR
)[]), recursive := true);
CREATE VIEW v_monitor.current_session AS
SELECT * FROM v_monitor.sessions WHERE session_id = getvariable('v_session');
CREATE VIEW v_monitor.locks AS
SELECT unnest(CAST(getvariable('v_locks') AS STRUCT(
  node_names VARCHAR, object_name VARCHAR, transaction_id BIGINT, transaction_description VARCHAR,
  lock_mode VARCHAR, lock_scope VARCHAR, request_timestamp TIMESTAMPTZ, grant_timestamp TIMESTAMPTZ
)[]), recursive := true);
