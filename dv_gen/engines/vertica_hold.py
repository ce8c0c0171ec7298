"""One run at a time: a lock of a table that goes with the session which holds it (R5)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from dv_gen.dialects.base import quoted, quoted_table
from dv_gen.engines.binding import literal
from dv_gen.engines.vertica_connection import Connection
from dv_gen.errors import EngineError, LockedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dv_gen.engines.vertica_settings import Settings

# A table without rows, which nobody writes: its lock stands in no load's way.
TABLE = "run_lock"
_WAIT = "wait until it has finished; a run that has ended holds nothing"


class Hold:
    """The hold of a run on a vault.

    A connection of its own keeps a transaction open with the lock in it. If the process or its
    connection dies, the server ends the session, and the lock with it.

    Args:
        settings: how to connect.
        schema: the ledger's schema.
        run_id: who holds it; part of the session's label, where whoever comes second finds it.
    """

    def __init__(self, settings: Settings, schema: str, run_id: str) -> None:
        self._settings = settings
        self._schema = schema
        self._label = _label_start(schema) + run_id
        self._connection: Connection | None = None

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
        self._connection = connection

    def keep(self) -> None:
        """Make sure that the lock is still held; take it again where its session has ended.

        Raises:
            LockedError: when another run has taken it meanwhile.
            EngineError: when the server cannot be reached; ``lost``.
        """
        if self._connection is not None:
            try:
                self._connection.run("SELECT 1")
            except EngineError:
                self.close()
            else:
                return
        self.take()

    def close(self) -> None:
        """Let go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _make_table(self, connection: Connection) -> None:
        """Make the schema and the table where they are not: a first run, or a right not given."""
        known = connection.run(
            f"SELECT 1 FROM v_catalog.tables WHERE table_schema = {literal(self._schema)} "
            f"AND table_name = {literal(TABLE)}"
        )
        if known.rows:
            return
        schema = connection.run(
            f"SELECT 1 FROM v_catalog.schemata WHERE schema_name = {literal(self._schema)}"
        )
        if not schema.rows:
            connection.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(self._schema)}")
        table = quoted_table(self._schema, TABLE)
        connection.run(f'CREATE TABLE IF NOT EXISTS {table} ("held" BOOLEAN)')

    def _lock(self, connection: Connection) -> None:
        table = quoted_table(self._schema, TABLE)
        try:
            connection.run(f"LOCK TABLE {table} IN EXCLUSIVE MODE NOWAIT")
        except EngineError as error:
            if not error.retryable or error.lost:
                raise
            raise LockedError(self._who(connection), hint=_WAIT) from error

    def _who(self, connection: Connection) -> str:
        with contextlib.suppress(EngineError):
            found = connection.run(holders(self._schema))
            others = [row for row in found.rows if row[0] != self._label]
            if others:
                return held_by(self._schema, others[0])
        return f"{self._schema} is held by another run"


def _label_start(schema: str) -> str:
    return f"dv-gen holds {schema}: "


def holders(schema: str) -> str:
    """Return the query of the sessions that hold a vault, or wait to: label, user, since when.

    v_monitor shows a user the sessions of others only where they have been allowed to see them.
    """
    start = _label_start(schema)
    return (
        "SELECT client_label, user_name, login_timestamp FROM v_monitor.sessions "
        f"WHERE SUBSTR(client_label, 1, {len(start)}) = {literal(start)} ORDER BY login_timestamp"
    )


def held_by(schema: str, row: Sequence[Any]) -> str:
    """Say who holds a vault, from a row of that query."""
    label, user, since = row
    run = str(label).removeprefix(_label_start(schema))
    return f"{schema} is held by run {run} (user {user}) since {since}"
