"""The engines that the suite runs on: all that a test has to know of a database.

Another engine is another class in `WAREHOUSES`; no test changes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from dv_gen.engines import open_engine
from dv_gen.engines.binding import literal
from dv_gen.engines.postgres_session import PostgresSession
from dv_gen.engines.vertica import VerticaSession
from tests import postgres_server
from tests.vertica_server import PASSWORD, USER, VerticaServer
from tests.vertica_standin import Standin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dv_gen.engines.base import Session


class Warehouse(Protocol):
    """A database of one project.

    Attributes:
        share: of a profile's random examples that this engine draws.
        target: the settings that project.yml gives for it.
        session: a connection beside those of the runs, to fill and read tables.
    """

    share: float
    target: dict[str, Any]
    session: Session

    def fill(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
        """Insert rows of text, each value in the form of its column's type; None is NULL."""

    def execute_all(self, statements: Sequence[str]) -> None:
        """Execute statements, each with its `;`, one after another in the session's transaction."""

    def query_all(self, queries: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """The rows of queries, one after another."""

    def digest(self, digits: str, *, algorithm: str, store: str) -> str:
        """The text of a digest, in the form in which this engine stores it (H5)."""

    def columns(self, schemas: Sequence[str]) -> dict[tuple[str, str], list[str]]:
        """The columns of every table and view, by schema and table."""

    def close(self) -> None:
        """Let go of the database."""


class OneByOne:
    """Statements are sent one by one."""

    session: Session

    def execute_all(self, statements: Sequence[str]) -> None:
        """Execute statements one after another, in the session's transaction."""
        for sql in statements:
            self.session.execute(sql)

    def query_all(self, queries: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """The rows of queries, one after another."""
        return [self.session.query(sql) for sql in queries]


class DuckDBWarehouse(OneByOne):
    """A DuckDB file, held open so that a run in this process need not open it anew.

    Args:
        folder: an empty folder for it.
    """

    # Small statements cost the most here; see PostgresWarehouse.
    share = 0.06

    def __init__(self, folder: Path) -> None:
        # One thread: the tables are tiny, and the tests run in several processes.
        self.target = {"type": "duckdb", "path": str(folder / "warehouse.duckdb"), "threads": 1}
        self._engine = open_engine("duckdb", self.target, folder)
        self._engine.connect("conformance")
        self.session = self._engine.session()

    def fill(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
        """Insert rows of text, each value in the form of its column's type; None is NULL."""
        columns = ", ".join(f'"{name}"' for name in names)
        values = ",\n".join(f"({', '.join(map(literal, row))})" for row in rows)
        self.session.execute(f"INSERT INTO {table} ({columns}) VALUES\n{values}")

    def digest(self, digits: str, *, algorithm: str, store: str) -> str:
        """The text of a digest: a UUID's digits, or the escaped bytes of a BLOB."""
        if store == "hex" or algorithm == "md5":
            return digits
        return "".join(f"\\x{digits[at : at + 2]}" for at in range(0, len(digits), 2))

    def columns(self, schemas: Sequence[str]) -> dict[tuple[str, str], list[str]]:
        """The columns of every table and view, by schema and table."""
        return self._engine.columns(schemas)

    def close(self) -> None:
        """Close the file."""
        self.session.close()
        self._engine.close()


class VerticaWarehouse(OneByOne):
    """A database of its own on a stand-in of its own, reached by the real driver over TCP.

    Args:
        folder: an empty folder; not used.
    """

    # Every statement goes over TCP and is read twice: by the grammar, and by DuckDB behind it.
    share = 1 / 48
    # The class of the sessions of a run, for tests that make them fail.
    sessions = VerticaSession

    def __init__(self, folder: Path) -> None:
        self._server = Standin(password=PASSWORD, user=USER, lock_timeout=5.0).start()
        self._server.database.execute("SET threads = 1")
        options = VerticaServer(self._server).options
        self.target = {"type": "vertica", "tlsmode": "disable", **options}
        self._engine = open_engine("vertica", self.target, folder)
        # A look: the lock is for the runs.
        self._engine.connect("conformance", read_only=True)
        self.session: Session = Committing(self._engine.session())

    def fill(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
        """Insert rows of text, each value in the form of its column's type; None is NULL."""
        if len(rows) > 1:
            self.session.insert(table, names, rows)
            return
        columns = ", ".join(f'"{name}"' for name in names)
        values = [f"HEX_TO_BINARY('{v}')" if _is_digest(v) else literal(v) for v in rows[0]]
        self.session.execute(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(values)})")

    def digest(self, digits: str, *, algorithm: str, store: str) -> str:  # noqa: ARG002
        """The text of a digest: its digits, as bytes or as text."""
        return digits if store == "hex" else f"0x{digits}"

    def columns(self, schemas: Sequence[str]) -> dict[tuple[str, str], list[str]]:
        """The columns of every table and view, by schema and table."""
        return self._engine.columns(schemas)

    def close(self) -> None:
        """End the server."""
        self.session.close()
        self._engine.close()
        self._server.stop()


def _is_digest(text: str | None) -> bool:
    return bool(text and text.startswith("0x"))


class Committing:
    """A session on which a statement outside `begin` is lasting at once, as on DuckDB."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun = False

    def begin(self) -> None:
        """Start a transaction."""
        self._session.begin()
        self._begun = True

    def commit(self) -> None:
        """Make the transaction's work lasting."""
        self._session.commit()
        self._begun = False

    def rollback(self) -> None:
        """Undo the transaction's work."""
        self._session.rollback()
        self._begun = False

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A method that runs statements, with the COMMIT behind it."""
        run = getattr(self._session, name)

        def committed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
            result = run(*arguments, **named)
            # What only reads has nothing to make lasting.
            if not self._begun and name != "query":
                self._session.commit()
            return result

        return committed


class PostgresWarehouse:
    """A database of its own on the session's PostgreSQL server.

    Args:
        folder: an empty folder; not used.
    """

    # A batch costs a sixth of what it costs on DuckDB, which plans longer: most are drawn here.
    share = 0.95
    # The class of the sessions of a run, for tests that make them fail.
    sessions = PostgresSession

    def __init__(self, folder: Path) -> None:
        self._server = postgres_server.shared()
        self._database = self._server.new_database()
        self._server.execute(PGCRYPTO_STANDIN, self._database)
        self.target = {**self._server.target, "database": self._database}
        self._engine = open_engine("postgres", self.target, folder)
        # A look: the lock is for the runs.
        self._engine.connect("conformance", read_only=True)
        session = self._engine.session()
        assert isinstance(session, PostgresSession)
        self.session: Session = session
        self._connection = session._connection
        self.session.execute("SET default_transaction_read_only = off")

    def fill(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> None:
        """Insert rows of text, each value in the form of its column's type; None is NULL."""
        columns = ", ".join(f'"{name}"' for name in names)
        values = ",\n".join(f"({', '.join(map(literal, row))})" for row in rows)
        self.session.execute(f"INSERT INTO {table} ({columns}) VALUES\n{values}")

    def execute_all(self, statements: Sequence[str]) -> None:
        """Execute statements one after another, in the session's transaction; sent at once."""
        self._connection.execute("\n".join(statements).encode())

    def query_all(self, queries: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """The rows of queries, one after another; sent at once."""
        cursor = self._connection.execute(";\n".join(queries).encode())
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        return found

    def digest(self, digits: str, *, algorithm: str, store: str) -> str:
        """The text of a digest: a UUID's digits, or the bytes of a BYTEA."""
        return digits if store == "hex" or algorithm == "md5" else f"\\x{digits}"

    def columns(self, schemas: Sequence[str]) -> dict[tuple[str, str], list[str]]:
        """The columns of every table and view, by schema and table."""
        return self._engine.columns(schemas)

    def close(self) -> None:
        """Drop the database."""
        self.session.close()
        self._engine.close()
        self._server.drop_database(self._database)


# What stands for the extension pgcrypto.
PGCRYPTO_STANDIN = (Path(__file__).parent / "pgcrypto.sql").read_text(encoding="utf-8")
WAREHOUSES = {
    "duckdb": DuckDBWarehouse,
    "postgres": PostgresWarehouse,
    "vertica": VerticaWarehouse,
}


def shown(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """A value as the reference model has it: a digest is hex text, however it is stored."""
    if isinstance(value, UUID):
        return value.hex
    return value.hex() if isinstance(value, bytes | bytearray | memoryview) else value
