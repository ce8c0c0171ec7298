"""DuckDB's sessions: a cursor for every thread, and the statements that they have read."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from dv_gen.engines.base import BadRecord, BulkFile
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    Statements = dict[str, duckdb.Statement | str]

_NEW_LINES = {"\n": "\\n", "\r\n": "\\r\\n", "\r": "\\r"}
# How many statements are not read again: some twenty megabytes.
_KEPT = 2000


class DuckDBSession:
    """A cursor: its own transaction and its own temporary tables.

    Args:
        cursor: DuckDB's.
        statements: those that some session of the engine has read, by their text.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, statements: Statements) -> None:
        self._cursor = cursor
        self._statements = statements
        self._in_transaction = False

    def begin(self) -> None:
        """Start a transaction."""
        self.execute("BEGIN TRANSACTION")
        self._in_transaction = True

    def commit(self) -> None:
        """Make the transaction's work lasting."""
        self.execute("COMMIT")
        self._in_transaction = False

    def rollback(self) -> None:
        """Undo the transaction's work; does nothing without one."""
        if self._in_transaction:
            self._in_transaction = False
            # A failed COMMIT has ended the transaction already.
            with contextlib.suppress(EngineError):
                self.execute("ROLLBACK")

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement to its end; return the number of rows it changed, or 0."""
        with _errors():
            self._cursor.execute(self._read(sql), parameters or None)
            if not self._cursor.description or self._cursor.description[0][0] != "Count":
                return 0
            row = self._cursor.fetchone()
            return int(row[0]) if row else 0

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one query and return all its rows."""
        with _errors():
            self._cursor.execute(self._read(sql), parameters or None)
            rows: list[tuple[Any, ...]] = self._cursor.fetchall()
            return rows

    def _read(self, sql: str) -> duckdb.Statement | str:
        """Return the statement as DuckDB has read it, or the text where it makes several of it.

        Batch after batch executes the same ones, and to read one takes up to 2 ms.
        """
        statement = self._statements.get(sql)
        if statement is None:
            found = self._cursor.extract_statements(sql)
            statement = found[0] if len(found) == 1 else sql
            if len(self._statements) >= _KEPT:
                self._statements.clear()
            self._statements[sql] = statement
        return statement

    def describe(self, sql: str) -> list[str]:
        """Return the column names of a query's result."""
        return [str(row[0]) for row in self.query(f"DESCRIBE {sql}")]

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows in bulk; ``table`` is a quoted name.

        One list a column is bound: a statement a row would take a millisecond each.
        """
        if not rows:
            return
        names = ", ".join(f'"{name}"' for name in columns)
        lists = ", ".join(f"unnest($c{position})" for position in range(len(columns)))
        values = {f"c{at}": list(column) for at, column in enumerate(zip(*rows, strict=True))}
        self.execute(f"INSERT INTO {table} ({names}) SELECT {lists}", values)

    def read_file(self, sql: str, file: BulkFile) -> tuple[int, list[BadRecord]]:
        """Run a source's ``read`` statement for one file.

        Returns:
            The rows read, and the records refused, one entry a record.
        """
        for name in ("reject_errors", "reject_scans"):
            self.execute(f"DROP TABLE IF EXISTS temp.{name}")
        read = self.execute(
            sql,
            {
                "file": utf8(file.path),
                "columns": dict.fromkeys(file.columns, "VARCHAR"),
                "new_line": _NEW_LINES[file.new_line],
            },
        )
        # A record with several errors is still one record: its first error is told.
        refused = self.query(
            "SELECT line, arg_min(column_name, column_idx), arg_min(error_message, column_idx), "
            "any_value(csv_line) FROM reject_errors GROUP BY line ORDER BY line"
        )
        return read, [
            BadRecord(int(line), "", str(reason).strip(), str(text or "").strip("\r\n"))
            for line, _, reason, text in refused
        ]

    def close(self) -> None:
        """Give the cursor back."""
        self.rollback()
        self._cursor.close()


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    import duckdb  # noqa: PLC0415 - loaded already by whoever holds a cursor

    try:
        yield
    except duckdb.Error as error:
        conflict = isinstance(error, duckdb.TransactionException)
        raise EngineError(str(error).strip(), retryable=conflict) from error


def utf8(path: Path) -> str:
    """Return a path as DuckDB wants it, whatever the locale makes Python take file names for."""
    return os.fsencode(path).decode("utf-8", errors="surrogateescape")
