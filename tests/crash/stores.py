"""Where the warehouses are in which runs are killed, and how they become again what they were.

Whoever forks a process holds no connection meanwhile: a child would close it for both.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

from tests import postgres_server
from tests.crash.vertica_process import OPTIONS
from tests.projects import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Store(Protocol):
    """Where the warehouse is.

    Attributes:
        target: the settings of the project's only target, as a YAML flow map.
    """

    target: str

    def keep(self) -> None:
        """Remember the warehouse as it is now."""

    def restore(self) -> None:
        """Make it again what it was when it was kept."""

    def close(self) -> None:
        """Let go of it."""


class DuckDBStore:
    """A DuckDB file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "w.duckdb"
        self._kept = folder / "kept.duckdb"
        self.target = "{type: duckdb, path: w.duckdb, landing: landing, threads: 1}"

    def keep(self) -> None:
        """Copy the file."""
        if self._file.exists():
            shutil.copyfile(self._file, self._kept)

    def restore(self) -> None:
        """Copy it back, and drop what was not written into it yet."""
        for name in (self._file, self._file.with_name("w.duckdb.wal")):
            name.unlink(missing_ok=True)
        if self._kept.exists():
            shutil.copyfile(self._kept, self._file)

    def close(self) -> None:
        """Leave the file to whoever removes its folder."""


class PostgresStore:
    """A database of this process's PostgreSQL server; what is kept of it is its template."""

    def __init__(self, folder: Path) -> None:  # noqa: ARG002 - as the others
        self._server = postgres_server.shared()
        self._name = self._server.new_database()
        self._kept = f"{self._name}_kept"
        self.target = _flow({**self._server.target, "database": self._name})

    def keep(self) -> None:
        """Make the template."""
        self._copy(self._name, self._kept)

    def restore(self) -> None:
        """Make the database from it, whoever is still connected."""
        self._copy(self._kept, self._name)

    def _copy(self, old: str, new: str) -> None:
        self._server.drop_database(new)
        self._server.execute(f'CREATE DATABASE "{new}" TEMPLATE "{old}" STRATEGY file_copy')

    def close(self) -> None:
        """Drop both."""
        for name in (self._name, self._kept):
            self._server.drop_database(name)


class VerticaStore:
    """A file of a stand-in for Vertica, which runs in a process of its own: it has threads."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.crash.vertica_process", str(folder / "v.duckdb")]
        self._server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        port = self._answer()
        self.target = _flow({"type": "vertica", "host": "127.0.0.1", "port": port, **OPTIONS})

    def keep(self) -> None:
        """Copy the file while nobody serves it."""
        self._say("keep")

    def restore(self) -> None:
        """Copy it back, and serve it on the same port."""
        self._say("restore")

    def drop(self, number: int, when: str) -> None:
        """Let it end the connection ``before`` or ``after`` the so manieth statement from now."""
        self._say(f"drop {number} {when}")

    def dropped(self) -> bool:
        """Whether it has; it will not any more."""
        return bool(self._say("dropped"))

    def sent(self) -> int:
        """How many statements it was sent since it was kept or restored."""
        return self._say("sent")

    def _say(self, words: str) -> int:
        assert self._server.stdin is not None
        self._server.stdin.write(f"{words}\n")
        self._server.stdin.flush()
        return self._answer()

    def _answer(self) -> int:
        assert self._server.stdout is not None
        return int(self._server.stdout.readline())

    def close(self) -> None:
        """End the server."""
        self._server.communicate()


def _flow(target: dict[str, Any]) -> str:
    # JSON is YAML.
    return json.dumps({**settings_of(target), "landing": "landing"})


STORES: dict[str, Callable[[Path], Store]] = {
    "duckdb": DuckDBStore,
    "postgres": PostgresStore,
    "vertica": VerticaStore,
}
