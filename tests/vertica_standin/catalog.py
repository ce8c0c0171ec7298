"""The system schemas, and the functions that DuckDB lacks."""

from __future__ import annotations

MACROS = """throw_error(x) AS error('USER GENERATED ERROR: ' || x); v_div(a,b) AS CASE WHEN b=0 THEN error('Division by zero') ELSE a/b END;
isnull(a,b) AS coalesce(a,b); zeroifnull(a) AS coalesce(a,0); nullifzero(a) AS nullif(a,0); nvl2(a,b,c) AS CASE WHEN a IS NOT NULL THEN b ELSE c END;
hex_to_binary(x) AS unhex(CASE WHEN x ILIKE '0x%' THEN substr(x,3) ELSE x END); clock_timestamp() AS now(); statement_timestamp() AS now();
transaction_timestamp() AS now(); uuid_generate() AS uuid(); octets(x) AS strlen(x); btrim(x) AS trim(x); v_stamp() AS timezone('UTC', now());
v_fit(x,n,ty,c) AS CASE WHEN x IS NULL OR strlen(x)<=n THEN x ELSE error('VSTAND|'||strlen(x)||'|'||n||'|'||ty||'|'||c) END;
v_fitb(x,n,ty,c) AS CASE WHEN x IS NULL OR octet_length(x)<=n THEN x ELSE error('VSTAND|'||octet_length(x)||'|'||n||'|'||ty||'|'||c) END;
v_cut(x,n) AS CASE WHEN x IS NULL OR strlen(x)<=n THEN x ELSE coalesce(try(decode(encode(x)[1:n])),try(decode(encode(x)[1:n-1])),try(decode(encode(x)[1:n-2])),'') END;
v_bin(x,n) AS CASE WHEN typeof(x)='BLOB' THEN (try_cast(x AS BLOB))[1:n] ELSE (encode(CAST(x AS VARCHAR)))[1:n] END"""
SYSTEM_VIEWS = """
CREATE SCHEMA v_catalog; CREATE SCHEMA v_monitor; CREATE VIEW v_catalog.dual AS SELECT 'X' AS dummy;
CREATE VIEW v_monitor.current_session AS SELECT getvariable('v_label') AS client_label, getvariable('v_user') AS user_name;
CREATE VIEW v_monitor.sessions AS SELECT client_label AS session_id, client_label, user_name FROM v_monitor.current_session;
CREATE VIEW v_catalog.nodes AS SELECT 'v_standin_node0001' AS node_name, 'UP' AS node_state;
CREATE VIEW v_catalog.schemata AS SELECT oid AS schema_id, schema_name, 'dbadmin' AS schema_owner, schema_name LIKE 'v\\_%' ESCAPE '\\' AS is_system_schema
 FROM duckdb_schemas() WHERE NOT internal AND database_name=current_database() AND schema_name<>'main';
CREATE VIEW v_catalog.tables AS SELECT table_oid AS table_id, schema_name AS table_schema, table_name, 'dbadmin' AS owner_name, temporary AS is_temp_table,
 false AS is_system_table, coalesce(json_extract_string(comment,'$.partition'),'') AS partition_expression, json_extract_string(comment,'$.segment') AS segment_expression
 FROM duckdb_tables() WHERE NOT internal AND schema_name<>'main';
CREATE VIEW v_catalog.columns AS SELECT table_oid AS table_id, schema_name AS table_schema, table_name, column_name, json_extract_string(comment,'$.t') AS v_type,
 coalesce(v_type, lower(data_type)) AS data_type, CAST(json_extract_string(comment,'$.oid') AS BIGINT) AS data_type_id,
 CASE WHEN v_type LIKE '%char%' OR v_type LIKE '%binary%' THEN CAST(regexp_extract(v_type,'\\d+') AS BIGINT) END AS character_maximum_length,
 CASE WHEN v_type LIKE 'numeric%' THEN numeric_precision END AS numeric_precision, CASE WHEN v_type LIKE 'numeric%' THEN numeric_scale END AS numeric_scale,
 column_index AS ordinal_position, is_nullable, coalesce(column_default,'') AS column_default, coalesce(json_extract_string(comment,'$.identity')='true',false) AS is_identity
 FROM duckdb_columns() c WHERE NOT internal AND schema_name<>'main' AND table_oid IN (SELECT table_oid FROM duckdb_tables());
CREATE VIEW v_catalog.views AS SELECT view_oid AS table_id, schema_name AS table_schema, view_name AS table_name, 'dbadmin' AS owner_name, sql AS view_definition
 FROM duckdb_views() WHERE NOT internal AND schema_name NOT IN ('main','v_catalog','v_monitor');
CREATE VIEW v_catalog.view_columns AS SELECT table_oid AS table_id, schema_name AS table_schema, table_name, column_name, lower(data_type) AS data_type,
 CAST(NULL AS BIGINT) AS character_maximum_length, numeric_precision, numeric_scale, column_index AS ordinal_position FROM duckdb_columns()
 WHERE NOT internal AND table_oid IN (SELECT table_id FROM v_catalog.views);
CREATE VIEW v_catalog.constraint_columns AS SELECT table_oid AS table_id, schema_name AS table_schema, table_name, k.con->>'name' AS constraint_name,
 k.con->>'type' AS constraint_type, (k.con->>'enabled')='true' AS is_enabled, unnest(from_json(k.con->'cols','["VARCHAR"]')) AS column_name
 FROM duckdb_tables(), unnest(from_json(json_extract(comment,'$.cons'),'["JSON"]')) AS k(con) WHERE comment LIKE '{%';
CREATE VIEW v_catalog.primary_keys AS SELECT *, row_number() OVER (PARTITION BY table_id) AS ordinal_position FROM v_catalog.constraint_columns WHERE constraint_type='p';
CREATE VIEW v_catalog.comments AS SELECT table_oid AS object_id, 'TABLE' AS object_type, schema_name AS object_schema, table_name AS object_name, '' AS child_object,
 json_extract_string(comment,'$.c') AS comment FROM duckdb_tables() WHERE json_extract_string(comment,'$.c') IS NOT NULL UNION ALL
 SELECT table_oid, 'COLUMN', schema_name, table_name, column_name, json_extract_string(comment,'$.c') FROM duckdb_columns() WHERE json_extract_string(comment,'$.c') IS NOT NULL"""


def prepare_db(con):
    con.execute("SET TimeZone='UTC'")
    con.execute(
        "CREATE SCHEMA IF NOT EXISTS public; DROP SCHEMA IF EXISTS v_catalog CASCADE; DROP SCHEMA IF EXISTS v_monitor CASCADE"
    )
    for m in MACROS.split(";"):
        con.execute(f"CREATE OR REPLACE MACRO main.{m.strip()}")
    con.execute(SYSTEM_VIEWS)
