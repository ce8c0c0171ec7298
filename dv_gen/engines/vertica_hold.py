"""One run at a time: a lock of a table that goes with the session which holds it (R5)."""

from __future__ import annotations

import contextlib
import time
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, Any

from dv_gen.dialects.base import quoted, quoted_table
from dv_gen.engines.binding import literal
from dv_gen.engines.holder import MOMENTS, WAIT, Holder, Owner
from dv_gen.engines.vertica_connection import Connection
from dv_gen.errors import EngineError, LockedError

if TYPE_CHECKING:
    from dv_gen.engines.vertica_settings import Settings

# A table without rows, which nobody writes: its lock stands in no load's way.
TABLE = "run_lock"
# What a label may have of it; Vertica's longest identifier.
_MAX_LABEL = 128
# Seconds between two uses of the session, so that IDLESESSIONTIMEOUT does not end it while a long
# statement runs in another one.
USED_EVERY = 60.0
# How a server says that another has the lock: its own state, the standard's, a cancelled wait.
_NOT_GIVEN = ("55V03", "55P03", "57014", "40V01", "40P01", "40001")
# Seconds that a session is given to end, and between two looks.
_ENDS_WITHIN, _LOOK = 5.0, 0.1


class Hold:
    """The hold of a run on a vault.

    A connection of its own keeps a transaction open with the lock in it. If the process or its
    connection dies, the server ends the session, and the lock with it.

    Args:
        settings: how to connect.
        schema: the ledger's schema.
        run_id: who holds it; part of the session's label, where whoever comes second finds it
            together with the process.

    Attributes:
        taken: how often the lock was taken.
    """

    def __init__(self, settings: Settings, schema: str, run_id: str) -> None:
        self._settings = settings
        self._schema = schema
        start = _label_start(schema)
        self._label = start + Owner.here(run_id).label(_MAX_LABEL - len(start.encode()))
        self._connection: Connection | None = None
        # Threads that load, and the one that keeps the session in use.
        self._busy = RLock()
        self._ended = Event()
        self.taken = 0

    def take(self) -> None:
        """Take the lock.

        Raises:
            LockedError: when another run has it.
            EngineError: when the server cannot be reached or refuses.
        """
        connection = Connection(self._settings, self._label)
        try:
            self._make_table(connection)
            self._lock(connection)
        except (EngineError, LockedError):
            connection.close()
            raise
        with self._busy:
            self._connection = connection
            self.taken += 1
            self._ended = Event()
        Thread(target=self._use, args=(connection, self._ended), daemon=True).start()

    def _use(self, connection: Connection, ended: Event) -> None:
        """Use the session now and then; one that has ended shows when it is looked at."""
        while not ended.wait(USED_EVERY):
            with self._busy, contextlib.suppress(EngineError):
                if connection.lost:
                    return
                connection.run("SELECT 1")

    def keep(self) -> None:
        """Make sure that the lock is still held; take it again where its session has ended.

        Raises:
            LockedError: when another run has taken it meanwhile.
            EngineError: when the server cannot be reached; ``lost``.
        """
        with self._busy:
            if self._connection is not None:
                try:
                    self._connection.run("SELECT 1")
                except EngineError:
                    self.close()
                else:
                    return
            self.take()

    def check(self) -> None:
        """Make sure that the lock is still held.

        Raises:
            EngineError: when its session has ended, whatever has become of the others.
        """
        with self._busy:
            try:
                if self._connection is not None:
                    self._connection.run("SELECT 1")
                    return
            except EngineError:
                self.close()
        raise EngineError("the hold on the vault was lost", lost=True)

    def close(self) -> None:
        """Let go."""
        self._ended.set()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _make_table(self, connection: Connection) -> None:
        """Make the schema and the table where they are not: a first run, or a right not given."""
        if connection.run(_is_there(self._schema)).rows:
            return
        schema = connection.run(
            f"SELECT 1 FROM v_catalog.schemata WHERE schema_name = {literal(self._schema)}"
        )
        if not schema.rows:
            connection.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(self._schema)}")
        table = quoted_table(self._schema, TABLE)
        # With a projection from the first: what is locked should be there.
        connection.run(
            f'CREATE TABLE IF NOT EXISTS {table} ("held" BOOLEAN) '
            'ORDER BY "held" UNSEGMENTED ALL NODES'
        )

    def _lock(self, connection: Connection) -> None:
        for pause in (*MOMENTS, None):
            other = self._earlier(connection)
            if other is None and _try_to_lock(connection, self._schema):
                return
            other = other or self._other(connection)
            if pause is None or not other.is_dead:
                raise LockedError(str(other), hint=WAIT)
            time.sleep(pause)

    def _earlier(self, connection: Connection) -> Holder | None:
        """Return who came before, lock or not: of two that come together one gives way at once."""
        seen = sorted(_seen(connection, self._schema), key=lambda row: (row[2], row[3]))
        own = next((at for at, row in enumerate(seen) if row[0] == self._label), 0)
        others = [row for row in seen[:own] if row[0] != self._label]
        return _as_holder(self._schema, others[0]) if others else None

    def _other(self, connection: Connection) -> Holder:
        with contextlib.suppress(EngineError):
            others = [row for row in _seen(connection, self._schema) if row[0] != self._label]
            if others:
                return _as_holder(self._schema, others[0])
        return Holder(self._schema)


def holder(connection: Connection, schema: str) -> Holder | None:
    """Return who holds a vault, also where v_monitor does not show it: a held table cannot be had.

    Raises:
        EngineError: when the server cannot be asked.
    """
    seen = _seen(connection, schema)
    if seen:
        return _as_holder(schema, seen[0])
    known = connection.run(_is_there(schema))
    return Holder(schema) if known.rows and not _try_to_lock(connection, schema) else None


def close_holder(connection: Connection, holder: Holder) -> None:
    """Close the session that holds a vault, and wait until it is gone.

    Raises:
        EngineError: when this user does not see it or may not close it, or it does not end.
    """
    if not holder.session:
        raise EngineError(
            f"v_monitor does not show who holds {holder.what}",
            hint="a superuser sees every session, and may close it: dv-gen unlock as dbadmin",
        )
    wanted = literal(holder.session)
    ends = time.monotonic() + _ENDS_WITHIN
    is_there = f"SELECT 1 FROM v_monitor.sessions WHERE session_id = {wanted}"
    if connection.run(is_there).rows:
        connection.run(f"SELECT CLOSE_SESSION({wanted})")
    while connection.run(is_there).rows:
        if time.monotonic() > ends:
            raise EngineError(
                f"session {holder.session} has not ended within {_ENDS_WITHIN:.0f} s",
                hint="look at it in v_monitor.sessions, and try again",
            )
        time.sleep(_LOOK)


def _label_start(schema: str) -> str:
    return f"dv-gen holds {schema}: "


def _is_there(schema: str) -> str:
    return (
        f"SELECT 1 FROM v_catalog.tables WHERE table_schema = {literal(schema)} "
        f"AND table_name = {literal(TABLE)}"
    )


def _try_to_lock(connection: Connection, schema: str) -> bool:
    """Take the lock, or tell that another session has it.

    SELECT .. FOR UPDATE is in the grammar of all supported versions; LOCK TABLE .. NOWAIT was found
    in that of 24.1 and later alone. FOR UPDATE waits as long as the database's LockTimeout, so
    v_monitor.locks is asked first.
    """
    if _is_locked(connection, schema):
        return False
    try:
        connection.run(f'SELECT "held" FROM {quoted_table(schema, TABLE)} FOR UPDATE')
    except EngineError as error:
        if error.lost:
            raise
        if error.state not in _NOT_GIVEN and not _is_locked(connection, schema):
            raise
        return False
    return True


def _is_locked(connection: Connection, schema: str) -> bool:
    """Tell whether v_monitor shows a lock of the table; this session has none yet."""
    name = literal(f"table:{schema}.{TABLE}".lower())
    return bool(
        connection.run(
            f"SELECT 1 FROM v_monitor.locks WHERE LOWER(object_name) = {name} "
            "AND lock_mode = 'X' AND grant_timestamp IS NOT NULL"
        ).rows
    )


def _seen(connection: Connection, schema: str) -> list[tuple[Any, ...]]:
    """Return the sessions that hold a vault, or try to: label, user, since when, id.

    v_monitor shows a user the sessions of others only where they have been allowed to see them.
    """
    start = _label_start(schema)
    return connection.run(
        "SELECT client_label, user_name, login_timestamp, session_id FROM v_monitor.sessions "
        f"WHERE SUBSTR(client_label, 1, {len(start)}) = {literal(start)} ORDER BY login_timestamp"
    ).rows


def _as_holder(schema: str, row: tuple[Any, ...]) -> Holder:
    label, user, since, session = row
    owner = Owner.read(str(label).removeprefix(_label_start(schema)))
    return Holder(schema, owner, str(since), f"user {user}", str(session))
