"""Vertica: a cluster behind TCP, a connection for every worker, one that holds the vault."""

from __future__ import annotations

import contextlib
from threading import Lock
from typing import TYPE_CHECKING, Any

from dv_gen.engines.base import catalog_of
from dv_gen.engines.binding import bind, literal
from dv_gen.engines.pool import Pool
from dv_gen.engines.vertica_bulk import insert_rows, read_file, read_remote
from dv_gen.engines.vertica_connection import Connection
from dv_gen.engines.vertica_hold import Hold, close_holder, holder
from dv_gen.engines.vertica_settings import read_settings
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dv_gen.engines.base import BadRecord, BulkFile, Catalog
    from dv_gen.engines.holder import Holder
    from dv_gen.engines.vertica_settings import Settings


def open_engine(settings: Mapping[str, Any], folder: Path, meta: str) -> Vertica:
    """Return the engine for a target of type ``vertica``.

    Raises:
        UsageError: when a setting is missing, unknown or cannot be.
    """
    return Vertica(read_settings(settings, folder), meta)


class Vertica:
    """A vault in a Vertica database.

    Args:
        settings: how to connect.
        meta: the ledger's schema; one run at a time holds it.
    """

    def __init__(self, settings: Settings, meta: str) -> None:
        self._settings = settings
        self._meta = meta
        self._hold: Hold | None = None
        self._pool: Pool[Connection] | None = None
        self._opened: list[Connection] = []
        self._taking = Lock()

    def connect(self, run_id: str, *, read_only: bool = False) -> None:
        """Connect, and hold the ledger's schema by a lock that goes with its session (R5).

        Args:
            run_id: the label of every session, for v_monitor.
            read_only: only look; nothing is held or made.

        Raises:
            LockedError: when another run holds it; says which and since when.
            EngineError: when the server cannot be reached or turns us away.
        """
        if read_only:
            self.visit(run_id)
            return
        self._begin(run_id)
        hold = Hold(self._settings, self._meta, run_id)
        hold.take()
        self._hold = hold

    def visit(self, run_id: str) -> None:
        """Connect without the lock.

        Args:
            run_id: the label of every session, for v_monitor.

        Raises:
            EngineError: when the server cannot be reached or turns us away.
        """
        pool = self._begin(run_id)
        pool.give(pool.take())

    def _begin(self, run_id: str) -> Pool[Connection]:
        def connect() -> Connection:
            connection = Connection(self._settings, run_id)
            self._opened.append(connection)
            return connection

        self._pool = Pool(connect, lambda connection: connection.close())
        return self._pool

    def holder(self) -> Holder | None:
        """Return which run has the lock, as far as v_monitor shows this user others' sessions."""
        with self._connection() as connection:
            return holder(connection, self._meta)

    def release(self, holder: Holder) -> None:
        """Close the session that has the lock.

        Raises:
            EngineError: when this user does not see it or may not close it, or it does not end.
        """
        with self._connection() as connection:
            close_holder(connection, holder)

    def clear(self) -> str:
        """Return nothing: a run leaves nothing but its sessions."""
        return ""

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Connection]:
        if self._pool is None:
            raise EngineError("not connected")
        connection = self._pool.take()
        try:
            yield connection
        finally:
            with contextlib.suppress(EngineError):
                connection.rollback()
            (self._pool.discard if connection.lost else self._pool.give)(connection)

    def session(self) -> VerticaSession:
        """Return a connection of its own for a thread, once it is sure that the hold still holds.

        Raises:
            LockedError: when the hold on the vault was lost and another run has it now.
            EngineError: when there is no connection to be had; ``lost`` when that may pass.
        """
        if self._pool is None:
            raise EngineError("not connected")
        if self._hold is not None:
            with self._taking:
                self._hold.keep()
        return VerticaSession(self._pool.take(), self._pool, self._check_held)

    @property
    def holds(self) -> int:
        """How often the vault was taken."""
        return self._hold.taken if self._hold is not None else 0

    def _check_held(self) -> None:
        """Make sure, before what was done becomes lasting, that no other run can have begun."""
        if self._hold is not None:
            with self._taking:
                self._hold.check()

    def columns(self, schemas: Sequence[str]) -> Catalog:
        """Return the columns of every table and view in the schemas, by (schema, table)."""
        wanted = ", ".join(literal(schema) for schema in schemas)
        rows: list[tuple[Any, ...]] = []
        session = self.session()
        try:
            # A view says nothing of NULL.
            for catalog, nullable in (("columns", "is_nullable"), ("view_columns", "TRUE")):
                rows += session.query(
                    f"SELECT table_schema, table_name, column_name, data_type, {nullable} "
                    f"FROM v_catalog.{catalog} WHERE table_schema IN ({wanted}) "
                    "ORDER BY table_schema, table_name, ordinal_position"
                )
        finally:
            session.close()
        return catalog_of(rows)

    def close(self) -> None:
        """Disconnect, also what was not given back; the hold goes with its session."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()
        self._pool = None
        if self._hold is not None:
            self._hold.close()
            self._hold = None


class VerticaSession:
    """A connection of the pool: its own transaction and its own temporary tables.

    A transaction begins with the first statement. DDL commits, also what was done before it.
    """

    def __init__(
        self,
        connection: Connection,
        pool: Pool[Connection],
        check_held: Callable[[], None] = lambda: None,
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._check_held = check_held
        self._given_back = False

    def begin(self) -> None:
        """Start a transaction: it begins with the next statement, there is nothing to send."""

    def commit(self) -> None:
        """Make the transaction's work lasting; raises when another run may have begun."""
        self._check_held()
        self._connection.commit()

    def rollback(self) -> None:
        """Undo the transaction's work; does nothing without one."""
        self._connection.rollback()

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement to its end; return the number of rows it changed, or 0."""
        return self._connection.run(bind(sql, parameters)).changed

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one query and return all its rows."""
        return self._connection.run(bind(sql, parameters)).rows

    def describe(self, sql: str) -> list[str]:
        """Return the column names of a query's result."""
        return list(self._connection.run(f'SELECT * FROM (\n{sql}\n) AS "q" LIMIT 0').names)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows in bulk; ``table`` is a quoted name."""
        insert_rows(self._connection, table, columns, rows)

    def read_file(self, sql: str, file: BulkFile) -> tuple[int, list[BadRecord]]:
        """Run a source's ``read`` statement for one file.

        Returns:
            The rows read, and the records refused.
        """
        return read_file(self._connection, sql, file)

    def read_remote(self, sql: str, parameters: Mapping[str, Any]) -> tuple[int, list[BadRecord]]:
        """Run a source's ``read`` statement for a file that the nodes fetch from S3.

        Returns:
            The rows read, and the records refused; ``line`` is the server's own number.
        """
        return read_remote(self._connection, bind(sql, parameters))

    def close(self) -> None:
        """Give the connection back, or away where it is broken."""
        if self._given_back:
            return
        self._given_back = True
        with contextlib.suppress(EngineError):
            self._connection.rollback()
        if self._connection.lost:
            self._pool.discard(self._connection)
        else:
            self._pool.give(self._connection)
