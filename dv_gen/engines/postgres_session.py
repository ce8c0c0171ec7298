"""A connection to PostgreSQL, used by one thread at a time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from dv_gen.dialects.base import quoted
from dv_gen.engines import postgres_views
from dv_gen.engines.binding import bind
from dv_gen.engines.postgres_copy import read_file
from dv_gen.engines.postgres_errors import engine_errors
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import psycopg

    from dv_gen.engines.base import BadRecord, BulkFile, StandingView
    from dv_gen.engines.pool import Pool

    Connection = psycopg.Connection[tuple[Any, ...]]
    Cursor = psycopg.Cursor[tuple[Any, ...]]
else:
    Connection = object

_NAME_CUT = "42622"
# A view keeps its columns, their names and types; CREATE OR REPLACE adds some behind them.
_OTHER_COLUMNS = "42P16"
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


class PostgresSession:
    """A connection: its own transaction and its own temporary tables.

    Args:
        connection: in autocommit; it goes back to the pool.
        pool: where it came from.
        check_held: raises when another run may have begun, so that nothing may be committed.
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
        self._in_transaction = False
        self._is_closed = False
        self._cut: list[str] = []
        connection.add_notice_handler(self._notice)

    def begin(self) -> None:
        """Start a transaction."""
        self.execute("BEGIN")
        self._in_transaction = True

    def commit(self) -> None:
        """Make the transaction's work lasting."""
        self._check_held()
        with engine_errors():
            cursor = self._connection.execute(b"COMMIT")
        self._in_transaction = False
        if cursor.statusmessage == "ROLLBACK":
            raise EngineError("the transaction was undone: a statement in it had failed")

    def rollback(self) -> None:
        """Undo the transaction's work; does nothing without one."""
        if self._in_transaction:
            self._in_transaction = False
            with contextlib.suppress(EngineError):
                self.execute("ROLLBACK")

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement to its end; return the number of rows it changed, or 0."""
        with self._cursor(sql, parameters) as cursor:
            word = (cursor.statusmessage or "").partition(" ")[0]
            return max(cursor.rowcount, 0) if word in _CHANGES else 0

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one query and return all its rows."""
        with self._cursor(sql, parameters) as cursor:
            return cursor.fetchall()

    def describe(self, sql: str) -> list[str]:
        """Return the column names of a query's result."""
        with self._cursor(f"SELECT * FROM ({sql}) AS described LIMIT 0") as cursor:
            return [column.name for column in cursor.description or ()]

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows in bulk; ``table`` is a quoted name."""
        if not rows:
            return
        names = ", ".join(quoted(name) for name in columns)
        copying = f"COPY {table} ({names}) FROM STDIN".encode()
        with (
            engine_errors(),
            self._connection.cursor() as cursor,
            cursor.copy(copying) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def read_file(self, sql: str, file: BulkFile) -> tuple[int, list[BadRecord]]:
        """Run a source's ``read`` statement for one file, in the caller's transaction.

        Returns:
            The rows read, and the records refused, one entry a record.
        """
        with engine_errors():
            return read_file(self._connection, sql, file)

    def dependents(self, tables: Sequence[tuple[str, str, str]]) -> list[StandingView]:
        """Return the views over tables, views or single columns, each behind what it reads."""
        return postgres_views.dependents(self, tables)

    def standing(self, schema: str, name: str) -> StandingView | None:
        """Return a view as it stands, None where there is none."""
        return postgres_views.standing(self, schema, name)

    def attempt(self, sql: str) -> EngineError | None:
        """Run one statement; where it fails, it alone is undone and its error returned."""
        self.execute("SAVEPOINT attempt")
        try:
            self.execute(sql)
        except EngineError as error:
            if error.lost:
                raise
            self.execute("ROLLBACK TO SAVEPOINT attempt")
            return error
        self.execute("RELEASE SAVEPOINT attempt")
        return None

    def replace_view(self, sql: str) -> bool:
        """Run a CREATE OR REPLACE VIEW; tell whether the view could take the columns."""
        error = self.attempt(sql)
        if error is None:
            return True
        if error.state == _OTHER_COLUMNS:
            return False
        raise error

    def close(self) -> None:
        """Give the connection back, or away when it is broken."""
        if self._is_closed:
            return
        self._is_closed = True
        self.rollback()
        self._connection.remove_notice_handler(self._notice)
        # Only an idle one may serve another thread.
        if self._connection.closed or self._connection.info.transaction_status != 0:
            self._pool.discard(self._connection)
        else:
            self._pool.give(self._connection)

    @contextlib.contextmanager
    def _cursor(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Iterator[Cursor]:
        self._cut.clear()
        with engine_errors(), self._connection.cursor() as cursor:
            cursor.execute(bind(sql, parameters).encode())
            if self._cut:
                raise EngineError(
                    f"PostgreSQL would cut a name: {self._cut[0]}",
                    hint="shorter names: at most 63 bytes with what dv-gen adds to them",
                )
            yield cursor

    def _notice(self, said: psycopg.errors.Diagnostic) -> None:
        if said.sqlstate == _NAME_CUT:
            self._cut.append(said.message_primary or "")
