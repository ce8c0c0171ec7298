from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.vertica_standin.client import Client


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM t WHERE a > 1",
        "INSERT INTO t SELECT a + 1, b FROM t",
        "UPDATE t SET b = 'x'",
        "DELETE FROM t",
        "COPY t FROM STDIN DELIMITER ','",
    ],
)
def test_a_plan_is_text_and_nothing_is_done(table: Client, other: Client, sql: str) -> None:
    table.run("INSERT INTO t VALUES (1, 'a')")
    table.commit()
    plan = table.rows(f"EXPLAIN {sql}")

    assert ["Access Path:"] in plan
    assert all(len(row) == 1 for row in plan)
    assert table.rows("SELECT * FROM t") == [[1, "a"]]
    other.run("LOCK TABLE t IN EXCLUSIVE MODE NOWAIT")  # nothing is locked either


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("SELECT * FROM nope", "42V01"),
        ("SELECT nope FROM t", "42703"),
        ("INSERT INTO nope SELECT 1", "42V01"),
        ("INSERT INTO t (nope) SELECT 1", "42703"),
        ("INSERT INTO t SELECT 1", "42601"),
        ("INSERT INTO t SELECT b, b FROM t", "42804"),
        ("COPY nope FROM STDIN", "42V01"),
        ("SELECT * FROM t QUALIFY 1 = 1", "42601"),
        ("CREATE TABLE x (a INT)", "42601"),
        ("", "42601"),
    ],
)
def test_what_is_wrong_is_found_without_running(table: Client, sql: str, sqlstate: str) -> None:
    table.refused(f"EXPLAIN {sql}", sqlstate)


def test_a_value_that_would_fail_is_not_looked_at(table: Client) -> None:
    table.run("INSERT INTO t VALUES (1, 'a')", "EXPLAIN SELECT a / 0 FROM t")
