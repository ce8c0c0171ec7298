"""The engines that the suite runs on: all that a test has to know of a database.

Another engine is another class in `WAREHOUSES`; no test changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from dv_gen.engines import open_engine

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.engines.base import Session


class Warehouse(Protocol):
    """A database of one project.

    Attributes:
        target: the settings that project.yml gives for it.
        session: a connection beside those of the runs, to fill and read tables.
    """

    target: dict[str, Any]
    session: Session

    def digest(self, digits: str, *, algorithm: str, store: str) -> str:
        """A digest as SQL, in the form in which this engine stores it (H5)."""

    def close(self) -> None:
        """Let go of the database."""


class DuckDBWarehouse:
    """A DuckDB file, held open so that a run in this process need not open it anew.

    Args:
        folder: an empty folder for it.
    """

    def __init__(self, folder: Path) -> None:
        # One thread: the tables are tiny, and the tests run in several processes.
        self.target = {"type": "duckdb", "path": str(folder / "warehouse.duckdb"), "threads": 1}
        self._engine = open_engine("duckdb", self.target, folder)
        self._engine.connect("conformance")
        self.session = self._engine.session()

    def digest(self, digits: str, *, algorithm: str, store: str) -> str:
        """A digest as SQL, in the form in which this engine stores it (H5)."""
        if store == "hex":
            return f"'{digits}'"
        return f"CAST('{digits}' AS UUID)" if algorithm == "md5" else f"UNHEX('{digits}')"

    def close(self) -> None:
        """Close the file."""
        self.session.close()
        self._engine.close()


WAREHOUSES = {"duckdb": DuckDBWarehouse}


def shown(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """A value as the reference model has it: a digest is hex text, however it is stored."""
    if isinstance(value, UUID):
        return value.hex
    return value.hex() if isinstance(value, bytes | bytearray | memoryview) else value
