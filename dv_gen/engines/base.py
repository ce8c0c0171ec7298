"""What an engine does for the runner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dv_gen.engines.holder import Holder
    from dv_gen.errors import EngineError
    from dv_gen.landing import CsvFormat


@dataclass(frozen=True)
class BulkFile:
    """A plain UTF-8 file and how it is written, for the engine's own loader.

    Attributes:
        path: the file on this machine.
        columns: the source's column for every column of the file, in the file's order.
        new_line: the line end that the file uses.
        csv: how the file is written.
        nulls: the unquoted texts that stand for NULL.
        width: how many columns the file has been declared to have, None where its header says it.
        declared: the source's columns in their own order; the file may have them in another one,
            and lack some, which are NULL then.
    """

    path: Path
    columns: tuple[str, ...]
    new_line: str
    csv: CsvFormat
    nulls: tuple[str, ...]
    width: int | None
    declared: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredColumn:
    """A column as the catalog has it: its type in the engine's own words."""

    type: str
    nullable: bool


# Of every table and view, by schema and name: its columns by name, in their order.
Catalog = dict[tuple[str, str], dict[str, StoredColumn]]


def catalog_of(rows: Iterable[tuple[Any, ...]]) -> Catalog:
    """Return a catalog from rows of schema, table, column, type and whether NULL is allowed."""
    catalog: Catalog = {}
    for schema, table, column, kind, nullable in rows:
        stored = StoredColumn(str(kind), nullable=bool(nullable))
        catalog.setdefault((schema, table), {})[column] = stored
    return catalog


@dataclass(frozen=True)
class StandingView:
    """A view that stands in the way of a change of what it reads.

    Attributes:
        definition: the statement that makes it as it is.
        restored_by: the statements that give it its owner, grants and comment again, each with the
            column that it names, or an empty string.
    """

    schema: str
    name: str
    definition: str
    restored_by: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class BadRecord:
    """A record that the loader refused.

    Attributes:
        line: its place as ``landing.Record.place`` counts it: the records before it plus one,
            header and empty lines counted.
        column: the column that is wrong, or an empty string.
        reason: why, in words.
        text: the record as it stands in the file.
        numbered: whether it was given a row number before it was refused, so that the rows behind
            it have the numbers that they would have had with it.
    """

    line: int
    column: str
    reason: str
    text: str
    numbered: bool = False


class Session(Protocol):
    """One connection; used by one thread at a time."""

    def begin(self) -> None:
        """Start a transaction."""

    def commit(self) -> None:
        """Make the transaction's work lasting."""

    def rollback(self) -> None:
        """Undo the transaction's work; does nothing without one."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement to its end; return the number of rows it changed, or 0."""

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one query and return all its rows."""

    def describe(self, sql: str) -> list[str]:
        """Return the column names of a query's result."""

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows in bulk; ``table`` is a quoted name."""

    def read_file(self, sql: str, file: BulkFile) -> tuple[int, list[BadRecord]]:
        """Run a source's ``read`` statement for one file.

        Returns:
            The rows read, and the records refused.
        """

    def close(self) -> None:
        """Give the connection back."""


@runtime_checkable
class ViewKeeper(Protocol):
    """What a session can do besides where views hold on to what they read.

    Elsewhere a table changes whatever views read it, and CREATE OR REPLACE VIEW takes any columns.
    """

    def dependents(self, tables: Sequence[tuple[str, str, str]]) -> list[StandingView]:
        """Return the views that hold on to tables or views, and those that hold on to these.

        Args:
            tables: schema, name, and a column; an empty one stands for all.

        Returns:
            The views, each behind what it reads.
        """

    def standing(self, schema: str, name: str) -> StandingView | None:
        """Return a view as it stands, None where there is none."""

    def attempt(self, sql: str) -> EngineError | None:
        """Run one statement; where it fails, it alone is undone and its error returned."""

    def replace_view(self, sql: str) -> bool:
        """Run a CREATE OR REPLACE VIEW; tell whether the view could take the columns."""


@runtime_checkable
class RemoteReader(Protocol):
    """What a session can do besides where its server reads files from S3 by itself."""

    def read_remote(self, sql: str, parameters: Mapping[str, Any]) -> tuple[int, list[BadRecord]]:
        """Run a source's ``read`` statement for a file that the server fetches.

        Args:
            sql: the statement.
            parameters: ``file``, its address as the server reads it, and ``record_terminator``.

        Returns:
            The rows read, and the records refused; ``line`` is the server's own number.
        """


class Engine(Protocol):
    """A database that can be loaded into.

    Attributes:
        holds: how often the warehouse was taken; more than once where the hold was lost, so that
            another run may have been there in between.
    """

    holds: int

    def connect(self, run_id: str, *, read_only: bool = False) -> None:
        """Connect, and hold the warehouse so that no other run can load it (R5).

        Args:
            run_id: who connects.
            read_only: only look; nothing is held or made.

        Raises:
            LockedError: when another run holds it.
            EngineError: when it cannot be reached.
        """

    def visit(self, run_id: str) -> None:
        """Connect to look and to try, holding nothing (no R5) and making nothing that stays.

        Sessions are as after ``connect``: temporary tables may be made in them, and what is tried
        in a transaction and rolled back leaves no trace.

        Args:
            run_id: who connects.

        Raises:
            LockedError: when the database cannot be opened while somebody else has it.
            EngineError: when it cannot be reached.
        """

    def holder(self) -> Holder | None:
        """Return who holds the warehouse (R5), None where nobody does.

        Asked after ``visit``; nothing is taken.
        """

    def release(self, holder: Holder) -> None:
        """End the session that holds the warehouse, and with it whatever it has not committed.

        Asked after ``visit``. Whoever asks has made sure that its run is dead.

        Raises:
            EngineError: when it may not be ended, or does not end.
        """

    def clear(self) -> str:
        """Take away what a dead run has left though it holds nothing; return what it was.

        Asked after ``visit``. Empty where there was nothing.
        """

    def session(self) -> Session:
        """Return a connection of its own for a thread; a server's may be one used before.

        Raises:
            LockedError: when the hold on the warehouse was lost and another run has it now.
            EngineError: when there is no connection to be had; ``lost`` when that may pass.
        """

    def columns(self, schemas: Sequence[str]) -> Catalog:
        """Return the columns of every table and view in the schemas, by (schema, table)."""

    def close(self) -> None:
        """Disconnect and let go of the warehouse."""
