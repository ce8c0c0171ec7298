from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from vertica_python import errors

from tests.vertica_standin.client import Client, connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.vertica_standin import Standin


@pytest.fixture
def prepared(server: Standin) -> Iterator[Client]:
    with connected(server, use_prepared_statements=True) as client:
        client.run("CREATE TABLE p (a INT, b VARCHAR(9), h VARBINARY(4), d DATE)")
        yield client


def test_parameters_are_values_of_their_columns(prepared: Client) -> None:
    row = [1, "it's", b"\\x", dt.date(2024, 1, 2)]
    assert prepared.rows("INSERT INTO p VALUES (?, ?, ?, ?)", row) == [[1]]
    assert prepared.rows("SELECT * FROM p WHERE a = ?", [1]) == [row]


def test_many_rows_are_inserted_one_by_one(prepared: Client) -> None:
    prepared.cursor.executemany("INSERT INTO p (a, b) VALUES (?, ?)", [(2, "b"), (3, None)])
    assert prepared.cursor.fetchall() == [[1]]
    assert prepared.cursor.nextset()
    assert prepared.cursor.fetchall() == [[1]]
    assert not prepared.cursor.nextset()
    assert prepared.rows("SELECT a, b FROM p WHERE a >= ? AND a <= ? ORDER BY a", [2, 3]) == [
        [2, "b"],
        [3, None],
    ]


def test_errors_come_where_the_statement_is_described_or_run(prepared: Client) -> None:
    with pytest.raises(errors.QueryError, match="too long"):
        prepared.rows("INSERT INTO p (a, b) VALUES (?, ?)", [4, "0123456789"])
    with pytest.raises(errors.MissingRelation):
        prepared.rows("SELECT * FROM nope WHERE a = ?", [1])
    assert prepared.rows("SELECT 1 + 1") == [[2]]


def test_one_statement_is_prepared_at_a_time(prepared: Client) -> None:
    with pytest.raises(errors.VerticaSyntaxError, match="Cannot insert multiple commands"):
        prepared.cursor.execute("SELECT 1; SELECT 2")
