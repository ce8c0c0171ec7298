"""DuckDB's engine: what a file and its sessions are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.engines import open_engine
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_that_is_missing_is_no_variable_of_the_program(tmp_path: Path) -> None:
    engine = open_engine("duckdb", {"type": "duckdb", "path": "w.duckdb"}, tmp_path)
    engine.connect("run")
    session = engine.session()

    # A name of the caller's, and of the engine's own.
    for table in ("engine", "sql", "self"):
        with pytest.raises(EngineError, match=f"Table with name {table} does not exist"):
            session.query(f"SELECT * FROM {table}")

    session.close()
    engine.close()


def test_a_statement_that_was_read_before_sees_the_table_as_it_is(tmp_path: Path) -> None:
    engine = open_engine("duckdb", {"type": "duckdb", "path": "w.duckdb"}, tmp_path)
    engine.connect("run")
    one, other = engine.session(), engine.session()

    one.execute("CREATE TABLE t AS SELECT 1 AS a")
    assert one.query("SELECT * FROM t") == other.query("SELECT * FROM t") == [(1,)]
    other.execute("DROP TABLE t")
    other.execute("CREATE TABLE t AS SELECT 'x' AS b, 2 AS c")
    assert one.query("SELECT * FROM t") == [("x", 2)]
    assert one.query("SELECT b FROM t WHERE c = $c", {"c": 2}) == [("x",)]
    assert other.query("SELECT b FROM t WHERE c = $c", {"c": 3}) == []

    one.close()
    other.close()
    engine.close()
