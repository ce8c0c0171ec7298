"""The database behind the server: its system schemas, its functions, and what changed in it."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from duckdb import DuckDBPyConnection

# Where temporary tables live in DuckDB.
TEMPORARY = "main"
SYSTEM_SCHEMAS = ("v_catalog", "v_monitor")
_HERE = Path(__file__).parent
# One thread: the tests' tables are small, and every session has a thread of its own.
_SETUP = "SET threads = 1; SET TimeZone = 'UTC'; CREATE SCHEMA IF NOT EXISTS public;"
# A table that is missing is no variable of this program.
_CONFIG: dict[str, bool] = {"python_enable_replacements": False}
# The views are made anew: the file may be an older stand-in's.
_CLEARING = "DROP SCHEMA IF EXISTS v_catalog CASCADE; DROP SCHEMA IF EXISTS v_monitor CASCADE;"


def open_database(path: str) -> DuckDBPyConnection:
    """Open a database file, or one in memory, with everything that a session needs."""
    connection = duckdb.connect(path, config=_CONFIG)
    for part in (_SETUP, _CLEARING, _text("macros.sql"), _text("system.sql")):
        connection.execute(part)
    return connection


def lasting_names(connection: DuckDBPyConnection) -> list[tuple[str, str]]:
    """The schema and the name of every lasting table and view."""
    return connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary "
        "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE NOT temporary"
    ).fetchall()


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


# The system tables that there are.
SYSTEM_TABLES = frozenset(re.findall(r"CREATE VIEW (v_\w+\.\w+)", _text("system.sql")))


class Changes:
    """When each table was changed last: what a session has read of it before is old.

    Args:
        names: the schema and the name of every lasting table and view that is there.

    Attributes:
        total: how often a table was made, changed or dropped.
        commits: how often a transaction that had written was committed.
    """

    def __init__(self, names: Iterable[tuple[str, str]] = ()) -> None:
        self._ever = {(schema.lower(), name.lower()) for schema, name in names}
        self._ever_named = {name for _, name in self._ever}
        self._last: dict[tuple[str, str], int] = {}
        self._last_named: dict[str, int] = {}
        self._last_of_all = 0
        self._mutex = threading.Lock()
        self.total = 0
        self.commits = 0

    def committed(self) -> None:
        """Say that what a transaction has written is there for all."""
        with self._mutex:
            self.commits += 1

    def touch(self, schema: str, name: str) -> None:
        """Say that a table was made, changed or dropped, after that was committed."""
        with self._mutex:
            self.total += 1
            self._last[schema.lower(), name.lower()] = self.total
            if schema != TEMPORARY:
                self._last_named[name.lower()] = self.total
        if schema != TEMPORARY:
            self.expect(schema, name)

    def touch_all(self) -> None:
        """Say that any table may have changed."""
        with self._mutex:
            self.total += 1
            self._last_of_all = self.total

    def expect(self, schema: str, name: str) -> None:
        """Say that there may be such a lasting table from now on, before that is committed."""
        self._ever.add((schema.lower(), name.lower()))
        self._ever_named.add(name.lower())

    def may_be(self, schema: str, name: str) -> bool:
        """Say whether a lasting table or view may be there: no, where none has ever been."""
        return (schema.lower(), name.lower()) in self._ever

    def may_be_named(self, name: str) -> bool:
        """Say whether some schema may have a lasting table or view of this name."""
        return name.lower() in self._ever_named

    def last(self, schema: str, name: str) -> int:
        """Return the number of the last change of a table."""
        return max(self._last.get((schema.lower(), name.lower()), 0), self._last_of_all)

    def last_named(self, name: str) -> int:
        """Return the number of the last change of a table of that name in any lasting schema."""
        return max(self._last_named.get(name.lower(), 0), self._last_of_all)
