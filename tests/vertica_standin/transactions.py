"""Transactions: what is open, what is undone, what outlives them."""

from __future__ import annotations

import contextlib
import itertools
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from tests.vertica_standin.duckdb_errors import from_duckdb
from tests.vertica_standin.lexing import ident
from tests.vertica_standin.reading import execute

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from tests.vertica_standin.catalog import Changes
    from tests.vertica_standin.locks import Locks

log = logging.getLogger("vertica_standin")
_numbers = itertools.count(45035996273704971)


@dataclass(frozen=True)
class Temporary:
    """A local temporary table.

    Attributes:
        making: the statements that make it.
        kept: whether its rows outlive a COMMIT.
    """

    making: Sequence[str]
    kept: bool


class Transaction:
    """The transaction of a session, one after another.

    DuckDB gives up a transaction when a statement fails, Vertica undoes the statement only: what
    was written is kept as text, and written again.
    """

    def __init__(
        self, connection: DuckDBPyConnection, locks: Locks, changes: Changes, owner: str
    ) -> None:
        self._connection = connection
        self._locks = locks
        self._changes = changes
        self._owner = owner
        self._journal: list[str] = []
        self._files: list[Path] = []
        self.is_open = False
        self.explicit = False
        self.number = 0
        self.seen = 0
        self._fresh = -1
        self._has_run = self._has_locked = False
        self.since: datetime | None = None
        self.temporary: dict[str, Temporary] = {}
        self._ever: set[str] = set()
        self._settled: dict[str, Temporary] = {}

    def start(self, *, anew: bool = False) -> None:
        """Begin, unless a transaction has written: one that only read sees fresh data.

        Where nothing was committed since, it goes on as it is, unless it is wanted ``anew``.
        """
        # Counted before the snapshot is taken: every change up to here is in it.
        seen, commits = self._changes.total, self._changes.commits
        is_fresh = commits == self._fresh and not anew
        if self.is_open and (self._journal or is_fresh):
            self.seen = seen if is_fresh else self.seen
            return
        self.seen, self._fresh = seen, commits
        if self.is_open:
            execute(self._connection, "COMMIT")
            execute(self._connection, "BEGIN")
        else:
            execute(self._connection, "BEGIN")
            self.is_open = True
            self.number, self.since = next(_numbers), datetime.now(UTC)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was written, made or locked since it began: to commit it is nothing."""
        return not (self._has_run or self._has_locked)

    def lock(self, table: str, mode: str, *, wait: bool = True) -> None:
        """Take a lock until the transaction ends, and begin: what was committed is seen.

        Raises:
            VerticaError: when another transaction holds the table for too long.
        """
        self._locks.take(self._owner, table, mode, wait=wait)
        self._has_locked = True
        self.start()

    def run(self, sql: str, *, write: bool = False) -> None:
        """Execute DuckDB's text; what is written is noted."""
        log.debug("duckdb> %s", sql)
        self._has_run = True
        execute(self._connection, sql)
        if write:
            self._journal.append(sql)

    def keep_temporary(self, name: str, table: Temporary) -> None:
        """Note a temporary table that was made."""
        self.temporary[name.lower()] = table
        self._ever.add(name.lower())

    def has_had(self, name: str) -> bool:
        """Say whether the session has ever had a temporary table of this name."""
        return name.lower() in self._ever

    def keep_file(self, path: Path) -> None:
        """Keep a file that the journal reads until the transaction ends."""
        self._files.append(path)

    def commit(self) -> None:
        """Make the work lasting."""
        if self.is_open:
            for name, table in self.temporary.items():
                if not table.kept:
                    execute(self._connection, f"DELETE FROM temp.{ident(name)}")
        self._end("COMMIT")

    def rollback(self) -> None:
        """Undo the work."""
        self._end("ROLLBACK")

    def undo_statement(self) -> None:
        """Undo a statement that failed, and nothing before it."""
        if self.is_open:
            execute(self._connection, "ROLLBACK")
            execute(self._connection, "BEGIN")
            self._restore_temporary()
            for sql in self._journal:
                execute(self._connection, sql)

    def _end(self, verb: str) -> None:
        try:
            if self.is_open:
                execute(self._connection, verb)
                if verb == "ROLLBACK":
                    self._restore_temporary()
                elif self._has_run:
                    self._changes.committed()
                self._settled = dict(self.temporary)
        except duckdb.Error as error:
            with contextlib.suppress(duckdb.Error):
                execute(self._connection, "ROLLBACK")
            self._restore_temporary()
            raise from_duckdb(error) from error
        finally:
            self.is_open = self.explicit = self._has_run = self._has_locked = False
            self.since = None
            self._journal.clear()
            for path in self._files:
                path.unlink(missing_ok=True)
            self._files.clear()
            self._locks.release(self._owner)

    def _restore_temporary(self) -> None:
        # The definition of a temporary table is the session's; DuckDB undoes it with the rest.
        for name, table in self.temporary.items():
            if self._settled.get(name) is table:
                continue
            present = execute(
                self._connection,
                "SELECT 1 FROM duckdb_tables() WHERE temporary AND lower(table_name) = ?",
                [name],
            ).fetchone()
            for sql in () if present else table.making:
                execute(self._connection, sql)
