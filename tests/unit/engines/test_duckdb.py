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
