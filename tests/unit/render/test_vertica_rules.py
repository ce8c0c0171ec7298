from __future__ import annotations

import pytest

from tests.vertica_rules import RULES, problems

REFUSED = {
    "no QUALIFY": [
        "SELECT a FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) = 1",
    ],
    "no ON CONFLICT": ["INSERT /*+LABEL('t')*/ INTO t (a) SELECT 1 ON CONFLICT DO NOTHING"],
    "no INSERT OR": [
        "INSERT OR IGNORE /*+LABEL('t')*/ INTO t (a) SELECT 1",
        "CREATE OR REPLACE TABLE t AS SELECT 1 AS a",
    ],
    "INSERT VALUES takes one row": ["INSERT /*+LABEL('t')*/ INTO t (a, b) VALUES (1, (2)), (3, 4)"],
    "no VALUES table": ["SELECT a FROM (VALUES (1)) AS t (a)"],
    "no FILTER": ["SELECT COUNT(*) FILTER (WHERE a > 1) FROM t"],
    "no IS DISTINCT FROM": [
        "SELECT 1 FROM t WHERE a IS DISTINCT FROM b",
        "SELECT 1 FROM t WHERE a IS NOT DISTINCT FROM b",
    ],
    "no ANTI or SEMI JOIN": [
        "SELECT a FROM t ANTI JOIN u ON t.a = u.a",
        "SELECT a FROM t LEFT SEMI JOIN u ON t.a = u.a",
    ],
    "no DISTINCT ON": ["SELECT DISTINCT ON (a) a, b FROM t"],
    "no RETURNING": ["DELETE /*+LABEL('t')*/ FROM t WHERE a = 1 RETURNING a"],
    "no TRY_CAST": ["SELECT TRY_CAST(a AS INTEGER) FROM t"],
    "no LATERAL": ["SELECT 1 FROM t, LATERAL (SELECT 1) AS u"],
    "no USING in DELETE": ["DELETE /*+LABEL('t')*/ FROM t USING u WHERE t.a = u.a"],
    "a subquery in FROM needs an alias": [
        "SELECT a FROM (SELECT 1 AS a)",
        "SELECT a FROM (SELECT 1 AS a) WHERE a = 1",
        "SELECT a FROM t JOIN (SELECT 1 AS a) USING (a)",
        "SELECT a FROM (WITH u AS (SELECT 1 AS a) SELECT a FROM u) ORDER BY a",
    ],
    "MERGE locks the table": [
        "MERGE /*+LABEL('t')*/ INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = u.b",
    ],
    "only LABEL hints": [
        "INSERT /*+DIRECT*/ INTO t (a) SELECT 1",
        "INSERT /*+LABEL(dv_gen:t)*/ INTO t (a) SELECT 1",
        f"INSERT /*+LABEL('{'x' * 129}')*/ INTO t (a) SELECT 1",
    ],
    "CONCAT takes two": ["SELECT CONCAT(a, COALESCE(b, 'x', 'y'), c) FROM t"],
    "NULLS FIRST and LAST stand in windows only": [
        "SELECT a FROM t ORDER BY a NULLS LAST",
        "SELECT a FROM t ORDER BY a DESC NULLS FIRST",
    ],
    "no GROUP BY ALL": ["SELECT a, COUNT(*) FROM t GROUP BY ALL"],
    "no * EXCLUDE": ["SELECT * EXCLUDE (a) FROM t", "SELECT t.* REPLACE (1 AS a) FROM t"],
    "an interval is a literal in documented units": [
        "SELECT a + INTERVAL 1 DAY FROM t",
        "SELECT a + INTERVAL (b) DAY FROM t",
        "SELECT a + 3 * INTERVAL '1 microsecond' FROM t",
    ],
    "a text type without a length cuts at 80 octets": [
        "SELECT CAST(a AS VARCHAR) FROM t",
        "SELECT a::VARCHAR FROM t",
    ],
    "no such type": [
        "SELECT CAST(a AS DOUBLE) FROM t",
        "SELECT a::TEXT FROM t",
        'CREATE TABLE t ("a" JSON)',
    ],
    "no such function": [
        "SELECT STRFTIME(a, '%Y') FROM t",
        "SELECT a FROM read_csv('x.csv') AS t",
    ],
    "UPDATE locks the table": ["UPDATE /*+LABEL('t')*/ t SET a = 1 WHERE b = 2"],
    "IN and EXISTS are joined by AND alone": [
        "SELECT a FROM t WHERE a IN (SELECT a FROM u) OR a IS NULL",
        "SELECT a FROM t WHERE b = 1 AND (c = 2 OR a NOT IN (SELECT a FROM u))",
        "SELECT a FROM t WHERE (a IN (SELECT a FROM u)) IS FALSE",
        "SELECT a FROM t WHERE NOT (a IN (SELECT a FROM u))",
        "SELECT CASE WHEN (a IN (SELECT a FROM u)) THEN 1 END AS b FROM t",
        "SELECT a FROM t WHERE b = 1 OR EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
    ],
    "a correlated subquery compares by = alone": [
        "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b <= t.b)",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM s.u AS v WHERE v.a = t.a AND t.b > v.b)",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b <> t.b)",
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND t.b IS NULL)",
    ],
    "HAVING needs a GROUP BY": ["SELECT MAX(a) AS b FROM t HAVING COUNT(*) > 0"],
    "WHERE needs a FROM": [
        "INSERT /*+LABEL('t')*/ INTO t (a) SELECT 1 WHERE 1 NOT IN (SELECT a FROM t)"
    ],
    "a subquery has no order": ["SELECT a FROM (SELECT a FROM t ORDER BY a) AS u"],
    "a reserved word is no name": [
        "SELECT new.a FROM t JOIN u AS new ON new.a = t.a",
        "SELECT a AS user FROM t",
    ],
    "a window function needs an order": [
        "SELECT ROW_NUMBER() OVER (PARTITION BY a) AS n FROM t",
        "SELECT LAG(a) OVER () AS b FROM t",
    ],
    "a temporary table loses its rows at the commit": [
        "CREATE LOCAL TEMPORARY TABLE t AS SELECT a FROM u",
    ],
    "no subquery beside an aggregate": [
        "SELECT MAX(y), (SELECT MAX(a) FROM t1) AS m FROM t2",
        "SELECT CASE WHEN (SELECT COUNT(*) FROM u) > 0 THEN 1 ELSE MIN(a) END AS b FROM t",
        "SELECT a FROM (SELECT (SELECT b FROM u) + SUM(a) AS a FROM t) AS v",
    ],
    "a table is dropped by its schema": ["DROP TABLE IF EXISTS raw_users", 'DROP TABLE "t"'],
    "no WITH behind INSERT": [
        "INSERT /*+LABEL('t')*/ INTO t (a) WITH u AS (SELECT 1 AS a) SELECT a FROM u",
    ],
    "EXISTS over a query without IN and EXISTS": [
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND b IN (SELECT 1))",
        (
            'WITH "u" AS (SELECT a FROM w WHERE a IN (SELECT a FROM v)) '
            'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM "u" WHERE "u".a = t.a)'
        ),
    ],
    "a change has a label": ["DELETE FROM t WHERE a = 1", "COPY t (a) FROM STDIN"],
}


@pytest.mark.parametrize(
    ("rule", "sql"), [(rule, sql) for rule, examples in REFUSED.items() for sql in examples]
)
def test_what_vertica_does_not_have_is_refused(rule: str, sql: str) -> None:
    assert problems(sql) == [rule]


def test_every_rule_has_an_example() -> None:
    assert list(REFUSED) == list(RULES)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'QUALIFY; ON CONFLICT', \"RETURNING\" FROM t -- MERGE LATERAL",
        "SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST) AS n FROM t",
        "SELECT a FROM (SELECT 1 AS a) AS t WHERE a IN (SELECT 1)",
        'SELECT a FROM (SELECT 1 AS a) "t" ORDER BY a',
        "SELECT TRIM(BOTH ' ' FROM (a)) AS a FROM t",
        "SELECT CONCAT(a, CONCAT(b, c)), COUNT(*) FROM t GROUP BY a",
        "INSERT /*+LABEL('dv_gen:h_users')*/ INTO t (a, b) VALUES (1, 2)",
        "INSERT /*+LABEL(h_users)*/ INTO t (a, b) VALUES (1, 2)",
        "DELETE /*+LABEL('t')*/ FROM t WHERE a IN (SELECT a FROM t JOIN u USING (a))",
        "SELECT a <=> b, a::!INTEGER, b::DOUBLE PRECISION, CAST(c AS VARCHAR(20)) FROM t",
        "SELECT a + INTERVAL '1 day', b + INTERVAL '1' SECOND, c + INTERVAL '2 hours' FROM t",
        'CREATE TABLE t ("text" VARCHAR(10), "a" DOUBLE PRECISION)',
        "CREATE OR REPLACE VIEW v AS SELECT a * (b) AS c FROM t",
        "SELECT a FROM t WHERE (b = 1 OR b = 2) AND a IN (SELECT a FROM u WHERE b = 1 OR b = 2)",
        "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u AS v WHERE v.a = t.a AND v.b <= 3)",
        "SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM s.u AS v WHERE t.a = v.a)",
        "SELECT a, COUNT(*) AS n FROM t GROUP BY a HAVING COUNT(*) > 1",
        "SELECT (SELECT COUNT(*) FROM u) AS n, a FROM t",
        "SELECT COUNT(*) AS n FROM t WHERE a = (SELECT MAX(a) FROM u)",
        "SELECT (SELECT b FROM u) AS c, MAX(a) OVER (ORDER BY a) AS n FROM t",
        'DROP TABLE IF EXISTS v_temp_schema."raw_users"',
        "DELETE /*+LABEL('t')*/ FROM t WHERE (a, b) NOT IN (SELECT a, b FROM u)",
        "SELECT a FROM t WHERE b IS NOT NULL AND a NOT IN (SELECT a FROM u) AND c IS NULL",
        "SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 10) AS u",
        "CREATE LOCAL TEMPORARY TABLE t ON COMMIT PRESERVE ROWS AS SELECT a FROM u",
        "SELECT EXTRACT(DAY FROM a) AS b FROM t WHERE c IN (SELECT c FROM u)",
    ],
)
def test_what_vertica_has_is_let_through(sql: str) -> None:
    assert problems(sql) == []
