"""PostgreSQL: a server, connections that are kept, one that holds the warehouse."""

from __future__ import annotations

import contextlib
import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from dv_gen.engines.base import catalog_of
from dv_gen.engines.binding import literal
from dv_gen.engines.holder import MOMENTS, WAIT, Holder, Owner
from dv_gen.engines.pool import Pool
from dv_gen.engines.postgres_errors import as_engine_error, connection_error
from dv_gen.engines.postgres_session import Connection, PostgresSession
from dv_gen.engines.postgres_settings import read_settings
from dv_gen.errors import EngineError, LockedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dv_gen.engines.base import Catalog
    from dv_gen.engines.postgres_settings import PostgresSettings

# The oldest server that has the collation in which keys are upper-cased (pg_c_utf8).
_OLDEST = 17
# The two numbers of the lock: "dvge" and "n".
_LOCK = (0x64766765, 0x6E)
_MAX_NAME_BYTES = 63
# Seconds that a session is given to end.
_ENDS_WITHIN = 5
_INSTALL = "pip install 'dv-gen[postgres]'"


def open_engine(settings: Mapping[str, Any], folder: Path, meta: str) -> Postgres:  # noqa: ARG001
    """Return the engine for a target of type ``postgres``.

    Raises:
        UsageError: when psycopg is not installed, or a setting is none of its.
    """
    try:
        import psycopg  # noqa: F401, PLC0415 - only a run on PostgreSQL needs it
    except ModuleNotFoundError as error:
        raise UsageError(
            "a postgres target needs the driver psycopg, which is not installed", hint=_INSTALL
        ) from error
    except ImportError as error:
        raise UsageError(f"the driver psycopg cannot be loaded: {error}", hint=_INSTALL) from error
    return Postgres(read_settings(settings))


class Postgres:
    """A database of a PostgreSQL server.

    Args:
        settings: how to connect.
    """

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._name = "dv-gen"
        self._holding_name = self._name
        self._read_only = False
        self._opened: set[Connection] = set()
        self._holds = True
        self.holds = 0
        self._holder: Connection | None = None
        self._hold_lock = Lock()
        self._pool: Pool[Connection] | None = None

    def connect(self, run_id: str, *, read_only: bool = False) -> None:
        """Connect; a lock of a connection of its own keeps every other run out (R5).

        Args:
            run_id: who connects: the application's name on the server; that of the session that
                holds the lock tells the process as well.
            read_only: only look; no lock is taken.

        Raises:
            LockedError: when another run holds the database; says which and since when.
            EngineError: when the server cannot be reached, or is too old.
        """
        self._read_only = read_only
        if read_only:
            self.visit(run_id)
        else:
            self._begin(run_id, holds=True)
            self._hold()

    def visit(self, run_id: str) -> None:
        """Connect without the lock.

        Args:
            run_id: who connects: the application's name on the server.

        Raises:
            EngineError: when the server cannot be reached, or is too old.
        """
        pool = self._begin(run_id, holds=False)
        pool.give(pool.take())

    def _begin(self, run_id: str, *, holds: bool) -> Pool[Connection]:
        self._name = run_id.encode()[:_MAX_NAME_BYTES].decode(errors="ignore")
        self._holding_name = Owner.here(run_id).label(_MAX_NAME_BYTES)
        self._holds = holds
        self._pool = Pool(self._open, self._disconnect)
        return self._pool

    def holder(self) -> Holder | None:
        """Return which run has the lock, None where none has it."""
        session = self.session()
        try:
            found = session.query(_WHO_HOLDS_IT)
        finally:
            session.close()
        return self._as_holder(*found[0]) if found else None

    def _as_holder(self, name: str | None, since: str | None, pid: int | None) -> Holder:
        server_process = f"server process {pid}" if pid else ""
        return Holder(
            self._settings.place, Owner.read(name), since or "", server_process, str(pid or "")
        )

    def release(self, holder: Holder) -> None:
        """End the server process that has the lock, if it is still the one that has it.

        Raises:
            EngineError: when the user may not end it, or it does not end.
        """
        session = self.session()
        try:
            ended = session.query(
                f"SELECT pg_catalog.pg_terminate_backend(held.pid, {_ENDS_WITHIN * 1000:d}) "
                f"FROM ({_WHO_HOLDS_IT}) AS held WHERE held.pid = {int(holder.session or 0):d}"
            )
        finally:
            session.close()
        if ended and not ended[0][0]:
            raise EngineError(
                f"server process {holder.session} has not ended within {_ENDS_WITHIN} s",
                hint="look at it in pg_stat_activity, and try again",
            )

    def clear(self) -> str:
        """Return nothing: a run leaves nothing but its sessions."""
        return ""

    def session(self) -> PostgresSession:
        """Return a connection for a thread, maybe one used before.

        Raises:
            LockedError: when the hold on the database was lost and another run has it now.
            EngineError: when there is no connection to be had.
        """
        if self._pool is None:
            raise EngineError("not connected")
        if self._holds:
            self._hold()
        return PostgresSession(self._pool.take(), self._pool, self._check_held)

    def columns(self, schemas: Sequence[str]) -> Catalog:
        """Return the columns of every table and view in the schemas, by (schema, table)."""
        names = ", ".join(literal(schema) for schema in schemas)
        session = self.session()
        try:
            rows = session.query(
                "SELECT space.nspname, class.relname, col.attname, "
                "FORMAT_TYPE(col.atttypid, col.atttypmod), NOT col.attnotnull "
                "FROM pg_catalog.pg_attribute AS col "
                "JOIN pg_catalog.pg_class AS class ON class.oid = col.attrelid "
                "JOIN pg_catalog.pg_namespace AS space ON space.oid = class.relnamespace "
                f"WHERE space.nspname IN ({names}) AND class.relkind IN ('r', 'p', 'v', 'm', 'f') "
                "AND col.attnum > 0 AND NOT col.attisdropped "
                "ORDER BY space.nspname, class.relname, col.attnum"
            )
        finally:
            session.close()
        return catalog_of(rows)

    def close(self) -> None:
        """Disconnect; the lock goes with its connection, and what nobody ended is undone."""
        self._pool = None
        with self._hold_lock:
            for connection in tuple(self._opened):
                self._disconnect(connection)
            self._holder = None

    def _hold(self) -> None:
        """Make sure that the lock is ours, on a new connection where the old one is gone."""
        with self._hold_lock:
            if self._holder is not None:
                if _is_alive(self._holder):
                    return
                # Those that idle are likely broken too.
                if self._pool is not None:
                    self._pool.discard(self._holder)
                self._holder = None
            holder = self._open(self._holding_name)
            try:
                self._take(holder)
            except BaseException:
                self._disconnect(holder)
                raise
            self._holder = holder
            self.holds += 1

    def _check_held(self) -> None:
        """Make sure, before what was done becomes lasting, that no other run can have begun.

        Raises:
            EngineError: when the lock's connection is gone, whatever has become of the others.
        """
        with self._hold_lock:
            if self._holds and (self._holder is None or not _is_alive(self._holder)):
                raise EngineError("the hold on the database was lost", lost=True)

    def _take(self, holder: Connection) -> None:
        for pause in (*MOMENTS, None):
            other = self._try_to_take(holder)
            if other is None:
                return
            if pause is None or not other.is_dead:
                raise LockedError(str(other), hint=WAIT)
            time.sleep(pause)

    def _try_to_take(self, holder: Connection) -> Holder | None:
        """Take the lock, or return who has it."""
        import psycopg  # noqa: PLC0415 - loaded by open_engine

        high, low = _LOCK
        try:
            row = holder.execute(f"SELECT pg_try_advisory_lock({high}, {low})".encode()).fetchone()
            if row is not None and row[0]:
                return None
            found = holder.execute(_WHO_HOLDS_IT.encode()).fetchone()
        except psycopg.Error as error:
            raise as_engine_error(error) from error
        return self._as_holder(*(found or (None, None, None)))

    def _open(self, name: str = "") -> Connection:
        """Return a new connection with the settings that rendered SQL relies on."""
        import psycopg  # noqa: PLC0415 - loaded by open_engine

        settings = self._settings
        try:
            connection = psycopg.connect(
                autocommit=True,
                application_name=name or self._name,
                prepare_threshold=None,
                **settings.options,  # type: ignore[arg-type] # the driver's words, all of them text
            )
        except psycopg.Error as error:
            raise connection_error(error, settings.place, settings.password) from error
        except UnicodeError:
            # Its text would tell where in the password.
            raise EngineError(
                f"cannot connect to {settings.place}: a setting is not UTF-8",
                hint="check the password and the other settings of the target",
            ) from None
        self._opened.add(connection)
        try:
            self._prepare(connection)
        except BaseException:
            self._disconnect(connection)
            raise
        return connection

    def _disconnect(self, connection: Connection) -> None:
        self._opened.discard(connection)
        with contextlib.suppress(Exception):
            connection.close()

    def _prepare(self, connection: Connection) -> None:
        import psycopg  # noqa: PLC0415 - loaded by open_engine

        version, encoding = connection.info.server_version // 10_000, _encoding(connection)
        if version < _OLDEST:
            raise EngineError(
                f"{self._settings.place} is PostgreSQL {version}, dv-gen needs {_OLDEST} or newer",
                hint="older ones cannot upper-case a key in the same way everywhere",
            )
        if encoding != "UTF8":
            raise EngineError(
                f"the encoding of {self._settings.place} is {encoding}, and dv-gen needs UTF8",
                hint="CREATE DATABASE .. ENCODING 'UTF8' TEMPLATE template0",
            )
        wanted = dict(self._settings.session)
        if self._read_only:
            wanted["default_transaction_read_only"] = "on"
        values = {name: literal(value) for name, value in wanted.items()}
        for name, (unsaid, value) in self._settings.unless_said.items():
            now = f"current_setting({literal(name)})"
            values[name] = f"CASE {now} WHEN {literal(unsaid)} THEN {literal(value)} ELSE {now} END"
        calls = (f"set_config({literal(k)}, {value}, false)" for k, value in values.items())
        try:
            connection.execute(f"SELECT {', '.join(calls)}".encode())
        except psycopg.Error as error:
            told = as_engine_error(error)
            if told.lost:
                raise told from error
            what = f"a setting of the target does not suit PostgreSQL: {told.message}"
            raise UsageError(what) from error


# What other users' sessions do is hidden from most; the process is not.
_WHO_HOLDS_IT = (
    "SELECT activity.application_name, "
    'TO_CHAR(activity.backend_start, \'YYYY-MM-DD"T"HH24:MI:SS"+00:00"\'), held.pid '
    "FROM pg_catalog.pg_locks AS held "
    "JOIN pg_catalog.pg_database AS base ON base.oid = held.database "
    "LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid "
    f"WHERE held.locktype = 'advisory' AND held.classid = {_LOCK[0]} AND held.objid = {_LOCK[1]} "
    "AND held.objsubid = 2 AND held.granted AND base.datname = current_database()"
)


def _encoding(connection: Connection) -> str:
    return connection.info.parameter_status("server_encoding") or "unknown"


def _is_alive(connection: Connection) -> bool:
    import psycopg  # noqa: PLC0415 - loaded by open_engine

    try:
        connection.execute(b"SELECT 1")
    except psycopg.Error:
        return False
    return True
