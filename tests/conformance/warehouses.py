"""The engines that the suite runs on: all that a test has to know of a database.

Another engine is another class in `WAREHOUSES`; no test changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from dv_gen.engines import open_engine
from tests import postgres_server

if TYPE_CHECKING:
    from dv_gen.engines.base import Session


class Warehouse(Protocol):
    """A database of one project.

    Attributes:
        target: the settings that project.yml gives for it.
        session: a connection beside those of the runs, to fill and read tables.
        share: of the random examples; a server takes longer for each.
    """

    share: float

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

    share = 1.0

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


class PostgresWarehouse:
    """A database of its own on the session's PostgreSQL server.

    Args:
        folder: an empty folder; not used.
    """

    share = 1 / 12

    def __init__(self, folder: Path) -> None:
        self._server = postgres_server.shared()
        self._database = self._server.new_database()
        self._server.execute(PGCRYPTO_STANDIN, self._database)
        self.target = {**self._server.target, "database": self._database}
        self._engine = open_engine("postgres", self.target, folder)
        # A look: the lock is for the runs.
        self._engine.connect("conformance", read_only=True)
        self.session = self._engine.session()
        self.session.execute("SET default_transaction_read_only = off")

    def digest(self, digits: str, *, algorithm: str, store: str) -> str:
        """A digest as SQL, in the form in which this engine stores it (H5)."""
        if store == "hex":
            return f"'{digits}'"
        return f"'{digits}'::UUID" if algorithm == "md5" else f"DECODE('{digits}', 'hex')"

    def close(self) -> None:
        """Drop the database."""
        self.session.close()
        self._engine.close()
        self._server.drop_database(self._database)


# What stands for the extension pgcrypto.
PGCRYPTO_STANDIN = (Path(__file__).parent / "pgcrypto.sql").read_text(encoding="utf-8")
WAREHOUSES = {"duckdb": DuckDBWarehouse, "postgres": PostgresWarehouse}


def shown(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """A value as the reference model has it: a digest is hex text, however it is stored."""
    if isinstance(value, UUID):
        return value.hex
    return value.hex() if isinstance(value, bytes | bytearray | memoryview) else value
