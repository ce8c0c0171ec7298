"""Statements that Vertica refuses, and some beside them that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.vertica_standin import Standin
from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSED = """
INSERT OR IGNORE INTO t VALUES (1,'a')
INSERT INTO t VALUES (1,'a') ON CONFLICT DO NOTHING
INSERT INTO t VALUES (1,'a'),(2,'b')
INSERT INTO t VALUES (1,'a') RETURNING a
CREATE OR REPLACE TABLE t (a INT)
SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1
SELECT * FROM t ANTI JOIN t u ON t.a = u.a
SELECT * FROM t SEMI JOIN t u ON t.a = u.a
SELECT DISTINCT ON (a) a, b FROM t
SELECT * FROM read_csv('/etc/passwd')
SELECT * FROM '/etc/passwd'
FROM t
SELECT [1,2]
SELECT {'a': 1}
SELECT list_aggregate(ARRAY[1], 'sum')
SELECT * EXCLUDE (a) FROM t
SELECT TRY_CAST(b AS INT) FROM t
SELECT COUNT(*) FILTER (WHERE a > 1) FROM t
SELECT a IS DISTINCT FROM 1 FROM t
SELECT b, COUNT(*) FROM t GROUP BY ALL
SELECT * FROM generate_series(1,3)
SELECT STRING_AGG(b, ',') FROM t
SELECT CONCAT(b, b, b) FROM t
SELECT MD5(1)
SELECT MD5(a) FROM t
SELECT SHA1(a) FROM t
CREATE TABLE x (a TEXT)
CREATE TABLE x (a HUGEINT)
SELECT a::STRING FROM t
SELECT * FROM (VALUES (1)) v(a)
SELECT * FROM (SELECT 1 AS a)
SELECT * FROM information_schema.tables
SELECT * FROM duckdb_tables
SELECT * FROM otherdb.public.t
PRAGMA version
ATTACH 'x.db'
INSTALL httpfs
SELECT a + 1 AS c FROM t WHERE c > 1
SELECT a + 1 AS c, c + 1 AS d FROM t
SELECT * FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.b = t.b AND u.a > t.a)
SELEC 1
DELETE FROM t USING t u WHERE t.a = u.a
SELECT CONCAT_WS('|', b, b) FROM t
SELECT MD5(b) FROM t GROUP BY a
DROP DATABASE x
SELECT CONDITIONAL_CHANGE_EVENT(a) OVER (ORDER BY a) FROM t
SELECT HAS_TABLE_PRIVILEGE('t', 'select')
SET SESSION NOSUCH = 1
SET NOSUCH = 1
SET SESSION RUNTIMECAP 'often'
SET SESSION RESOURCE_POOL = nosuch
PROFILE SELECT 1
SAVEPOINT x
""".strip().splitlines()
ACCEPTED = """
SELECT * FROM t WHERE NOT EXISTS (SELECT 1 FROM t u WHERE u.a = t.a)
SELECT * FROM t x WHERE (x.a, x.b) IN (SELECT a, b FROM t)
WITH c AS (SELECT a FROM t) SELECT c.a, LAG(c.a) OVER (ORDER BY c.a) FROM c
SELECT a FROM t MINUS SELECT a FROM t
SELECT 1 FROM dual
SELECT a <=> NULL FROM t
SELECT COUNT(*) n, b FROM t GROUP BY b ORDER BY n
SELECT a + 1 AS a FROM t WHERE a > 1
SELECT DATEDIFF('day', '2024-01-01'::DATE, '2024-01-03'::DATE)
SELECT TO_CHAR('2024-01-02'::DATE, 'YYYY-MM-DD')
SELECT CURRENT_TIMESTAMP, NOW(), SYSDATE, GETDATE(), CLOCK_TIMESTAMP()
SELECT VERSION(), CURRENT_DATABASE(), CURRENT_USER
SELECT LISTAGG(b USING PARAMETERS separator='|') FROM t
SELECT REGEXP_LIKE(b, '^x'), SPLIT_PART('a|b', '|', 2), INSTR('abc', 'b') FROM t
SELECT E'a\\tb'
SELECT * FROM vdb.public.t
SET SESSION RUNTIMECAP '10 minutes'
SET SESSION RUNTIMECAP NONE
SET SESSION RESOURCE_POOL = etl
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED
SET SEARCH_PATH TO public
GRANT SELECT ON t TO u
CREATE TABLE t2 LIKE t INCLUDING PROJECTIONS
CREATE TABLE x AS SELECT a FROM t
CREATE VIEW v AS SELECT a FROM t
CREATE PROJECTION p AS SELECT a FROM t ORDER BY a SEGMENTED BY HASH(a) ALL NODES
ALTER TABLE t2 ADD CONSTRAINT pk PRIMARY KEY (a)
ALTER TABLE t2 ALTER COLUMN b SET DATA TYPE VARCHAR(20)
ALTER TABLE t2 RENAME TO t9
""".strip().splitlines()


@pytest.fixture(scope="module")
def t() -> Iterator[Client]:
    with Standin() as server, connected(server) as client:
        client.run("CREATE TABLE t (a INT, b VARCHAR(9))")
        yield client


@pytest.mark.parametrize("sql", REFUSED)
def test_what_vertica_has_not_is_refused(t: Client, sql: str) -> None:
    t.refused(sql)


@pytest.mark.parametrize("sql", ACCEPTED)
def test_what_vertica_has_is_accepted(t: Client, sql: str) -> None:
    t.run(sql)
