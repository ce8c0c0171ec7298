"""DuckDB's sessions: a cursor for every thread, and the statements that they have read."""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from dv_gen.engines.base import BadRecord, BulkFile
from dv_gen.engines.duckdb_csv import plain_name, wide_records
from dv_gen.engines.masking import without_values
from dv_gen.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

    Statements = dict[str, duckdb.Statement | str]

_NEW_LINES = {"\n": "\\n", "\r\n": "\\r\\n", "\r": "\\r"}
_RAW = re.compile(r'INSERT\s+INTO\s+("(?:[^"]|"")*")')
# What a failed COMMIT says of a key that somebody's constraint has refused.
_DUPLICATE = re.compile(r"duplicate key", re.IGNORECASE)
# Names and an expression of the table's definition.
_OF_SCHEMA = re.compile(r"Constraint Error: (?:NOT NULL|CHECK) constraint failed")
_STATEMENT = re.compile(r"\n\s*\nLINE \d+: ")
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
        with plain_name(file.path) as name:
            read = self.execute(
                sql,
                {
                    "file": name,
                    "columns": dict.fromkeys(file.columns, "VARCHAR"),
                    "new_line": _NEW_LINES[file.new_line],
                },
            )
        # A record with several errors is still one record: its first error is told.
        refused = self.query(
            "SELECT line, arg_min(column_name, column_idx), arg_min(error_message, column_idx), "
            "any_value(csv_line) FROM reject_errors GROUP BY line ORDER BY line"
        )
        bad = [
            BadRecord(int(line), "", str(reason).strip(), str(text or "").strip("\r\n"))
            for line, _, reason, text in refused
        ]
        wide = self._take_out_wide(sql, file, [record.line for record in bad])
        return read - len(wide), bad + wide

    def _take_out_wide(self, sql: str, file: BulkFile, refused: Sequence[int]) -> list[BadRecord]:
        """Take the records with too many values out of the raw table; return them.

        Args:
            sql: the source's ``read`` statement.
            file: the file.
            refused: the places of the records that DuckDB has refused, ascending.
        """
        bad: list[BadRecord] = []
        rows: list[int] = []
        known = set(refused)
        for record in wide_records(file):
            if record.place in known:
                continue
            row = record.number - bisect_left(refused, record.place)
            # Numbers begin with the first row that stays.
            numbered = row > len(rows) + 1
            rows.append(row)
            reason = f"Expected Number of Columns: {len(file.columns)} Found: {record.values}"
            bad.append(BadRecord(record.place, "", reason, record.text, numbered=numbered))
        if rows:
            raw = _raw_table(sql)
            self.execute(
                f"DELETE FROM {raw} WHERE rowid - (SELECT MIN(rowid) FROM {raw}) + 1 "
                "IN (SELECT UNNEST($rows))",
                {"rows": rows},
            )
        return bad

    def close(self) -> None:
        """Give the cursor back."""
        self.rollback()
        self._cursor.close()


def _raw_table(sql: str) -> str:
    found = _RAW.search(sql)
    if found is None:
        raise AssertionError("a read statement says INSERT INTO and a quoted name")
    return found[1]


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    import duckdb  # noqa: PLC0415 - loaded already by whoever holds a cursor

    try:
        yield
    except duckdb.Error as error:
        conflict = isinstance(error, duckdb.TransactionException)
        # Not even as its cause: a traceback in somebody's log would print the value.
        raise EngineError(_said(error), retryable=conflict) from None


def _said(error: duckdb.Error) -> str:
    """Return DuckDB's message, without any value where it is about values."""
    import duckdb  # noqa: PLC0415 - loaded already by whoever holds a cursor

    message = str(error).strip()
    # Behind errors about values DuckDB prints the statement, which is rendered.
    head = _STATEMENT.split(message)[0]
    if isinstance(error, duckdb.InvalidInputException):
        # Whose function it was, and what it says; then may come its input.
        return ": ".join(without_values(head).split(": ")[:2])
    if isinstance(error, (duckdb.DataError, duckdb.IntegrityError)) or _DUPLICATE.search(message):
        return head if _OF_SCHEMA.match(head) else without_values(head)
    return message
