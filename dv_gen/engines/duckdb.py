"""DuckDB: a file, one process that writes it, a cursor for every thread."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dv_gen.engines.base import catalog_of
from dv_gen.engines.duckdb_csv import utf8
from dv_gen.engines.duckdb_session import DuckDBSession
from dv_gen.engines.holder import MOMENTS, WAIT, Holder, Owner
from dv_gen.errors import EngineError, LockedError, UsageError
from dv_gen.filesystem import new_file, read_regular, refuse_link
from dv_gen.metadata.names import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from dv_gen.engines.base import Catalog
    from dv_gen.engines.duckdb_session import Statements

# Settings of a target that are dv-gen's; every other one is DuckDB's own and passes through.
_OWN = ("type", "path", "landing")
# A table that is missing is no variable of this program.
_CONFIG = {"python_enable_replacements": False}
# What is written beside the file: the note of who holds it, and DuckDB's own log.
_BESIDE = (".lock", ".wal", ".wal.checkpoint", ".wal.recovery")
_HOLDER = re.compile(r"PID (\d+)")


def open_engine(settings: Mapping[str, Any], folder: Path, meta: str) -> DuckDB:  # noqa: ARG001
    """Return the engine for a target of type ``duckdb``; its file is held as a whole.

    Raises:
        UsageError: when the target has no ``path``.
    """
    if not settings.get("path"):
        raise UsageError("a duckdb target needs a path: the database file")
    path = Path(str(settings["path"])).expanduser()
    options = {key: value for key, value in settings.items() if key not in _OWN}
    return DuckDB(path if path.is_absolute() else folder / path, options)


class DuckDB:
    """One DuckDB file.

    Args:
        path: the database file; made when it does not exist.
        options: DuckDB's own settings: ``threads``, ``memory_limit``, ``temp_directory``, ...
    """

    def __init__(self, path: Path, options: Mapping[str, Any]) -> None:
        self._path = path
        self._options = dict(options)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._statements: Statements = {}
        self._held = False
        # A file's lock goes with the process alone.
        self.holds = 1
        self._mask: int | None = None
        self._note = path.with_name(f"{path.name}.lock")

    def connect(self, run_id: str, *, read_only: bool = False) -> None:
        """Open the file; DuckDB's own lock keeps every other process out.

        Args:
            run_id: who opens it, for whoever comes second.
            read_only: only look; the file must exist.

        Raises:
            LockedError: when another process has the file open; says which and since when.
            EngineError: when the file cannot be opened.
            UsageError: when a setting is none of DuckDB's.
        """
        if read_only and not self._path.exists():
            raise EngineError(f"{self._path} does not exist yet", hint="dv-gen run makes it")
        self._check_folder()
        if not read_only:
            self._refuse_links()
            # Of this user alone, or as whoever made the file wants it: also what DuckDB writes
            # beside it while the run lasts.
            rights = self._path.stat().st_mode if self._path.exists() else 0o600
            # Whoever may read a file may enter a folder that is made meanwhile.
            self._mask = os.umask(~(rights | rights >> 2 & 0o111) & 0o777)
        try:
            self._open(utf8(self._path), read_only=read_only)
        except BaseException:
            self._unmask()
            raise
        self._held = not read_only
        if read_only:
            return
        note = {
            **asdict(Owner.here(run_id)),
            "since": datetime.now(UTC).isoformat("T", "seconds"),
        }
        with (
            contextlib.suppress(OSError),
            os.fdopen(new_file(self._note, 0o600), "w", encoding="utf-8") as handle,
        ):
            handle.write(json.dumps(note) + "\n")

    def _unmask(self) -> None:
        if self._mask is not None:
            os.umask(self._mask)
            self._mask = None

    def visit(self, run_id: str) -> None:  # noqa: ARG002 - servers tell it to whoever asks
        """Open the file as a writer does, since EXPLAIN of an INSERT wants no less.

        A file that does not exist yet is not made: what is tried is tried in memory.

        Raises:
            LockedError: when another process has the file open; says which and since when.
            EngineError: when the file cannot be opened, or could not be made.
            UsageError: when a setting is none of DuckDB's.
        """
        self._check_folder()
        self._refuse_links()
        there = self._path.exists()
        if not os.access(self._path if there else self._path.parent, os.W_OK):
            raise EngineError(
                f"{self._path if there else self._path.parent} may not be written",
                hint="give the file and its folder to the user that runs dv-gen",
            )
        self._open(str(self._path) if there else ":memory:", read_only=False)

    def holder(self) -> Holder | None:
        """Return nobody: whoever could open the file shares it with no run."""
        return None

    def release(self, holder: Holder) -> None:
        """Do nothing: the file's lock has died with its process."""

    def clear(self) -> str:
        """Remove the note of a run that had no time to; who can open the file knows it is dead."""
        noted = self._noted()
        if not self._note.exists():
            return ""
        try:
            self._note.unlink()
        except OSError as error:
            raise EngineError(f"cannot remove {self._note}: {error.strerror}") from error
        owner = noted.owner if noted else None
        return f"{self._note.name}" + (f" of run {owner.run}" if owner else "")

    def _check_folder(self) -> None:
        if not self._path.parent.is_dir():
            raise EngineError(f"the folder of {self._path} does not exist", hint="make it first")

    def _refuse_links(self) -> None:
        """Refuse links where files are made and removed; the warehouse itself may be one."""
        for ending in _BESIDE:
            refuse_link(self._path.with_name(self._path.name + ending))

    def _open(self, place: str, *, read_only: bool) -> None:
        import duckdb  # noqa: PLC0415 - --help and validate need not load it

        try:
            self._connection = duckdb.connect(
                place, read_only=read_only, config={**_CONFIG, **self._options}
            )
        except duckdb.IOException as error:
            if "lock" in str(error):
                raise LockedError(self._who_holds_it(str(error)), hint=WAIT) from error
            raise EngineError(f"cannot open {self._path}: {_first_line(error)}") from error
        except (duckdb.CatalogException, duckdb.InvalidInputException) as error:
            raise self._setting_error(error) from error
        except duckdb.Error as error:
            raise EngineError(f"cannot open {self._path}: {_first_line(error)}") from error

    def _who_holds_it(self, message: str) -> str:
        found = _HOLDER.search(message)
        # Who has just taken the file may not have said so yet.
        for pause in (0.0, *MOMENTS):
            time.sleep(pause)
            noted = self._noted()
            if found and noted and noted.owner and str(noted.owner.pid) == found[1]:
                return str(noted)
        who = f"process {found[1]}" if found else "another process"
        return f"{self._path.name} is held by {who}"

    def _noted(self) -> Holder | None:
        """Return what the note beside the file says, None where there is none or it is no note."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            note = json.loads(read_regular(self._note))
            since = note.pop("since")
            return Holder(self._path.name, Owner(**note), since)
        return None

    def _setting_error(self, error: Exception) -> UsageError:
        names = ("threads", "memory_limit", "temp_directory", "max_temp_directory_size")
        for key in self._options:
            if f'"{key}"' in str(error) or f"'{key}'" in str(error) or f" {key} " in str(error):
                meant = nearest(key, (*_OWN, *names))
                hint = f"did you mean {meant}?" if meant else f"such as {listed(names)}"
                return UsageError(f"DuckDB has no setting '{key}'", hint=hint)
        return UsageError(f"a setting of the target does not suit DuckDB: {_first_line(error)}")

    def session(self) -> DuckDBSession:
        """Return a cursor of its own for a thread."""
        if self._connection is None:
            raise EngineError("not connected")
        return DuckDBSession(self._connection.cursor(), self._statements)

    def columns(self, schemas: Sequence[str]) -> Catalog:
        """Return the columns of every table and view in the schemas, by (schema, table)."""
        session = self.session()
        rows = session.query(
            "SELECT schema_name, table_name, column_name, data_type, is_nullable "
            "FROM duckdb_columns() "
            "WHERE list_contains($schemas, schema_name) AND database_name = current_database() "
            "ORDER BY schema_name, table_name, column_index",
            {"schemas": list(schemas)},
        )
        session.close()
        return catalog_of(rows)

    def close(self) -> None:
        """Close the file and take the note away."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._unmask()
        if self._held:
            self._held = False
            with contextlib.suppress(OSError):
                self._note.unlink()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
