"""Table locks, held to the end of a transaction."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.vertica_standin.errors import VerticaError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The modes that go together on one table; X goes with nothing.
_TOGETHER = {("I", "I"), ("S", "S")}
_BOTH = {frozenset("SI"): "SI"}


@dataclass(frozen=True)
class Held:
    """A lock that somebody holds."""

    owner: str
    table: str
    mode: str
    since: datetime


class Locks:
    """The locks of a server.

    Args:
        timeout: how many seconds a session waits for one.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._held: dict[str, dict[str, Held]] = {}
        self._changed = threading.Condition()

    def take(self, owner: str, table: str, mode: str, *, wait: bool = True) -> None:
        """Take a lock, I (insert), S (share), SI or X (exclusive), or wait for it.

        Raises:
            VerticaError: 55V03, when another holds the table.
        """
        table = table.lower()
        deadline = time.monotonic() + (self.timeout if wait else 0)
        with self._changed:
            while others := self._against(owner, table, mode):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise _failure(table, mode, others[0])
                self._changed.wait(left)
            mine = self._held.setdefault(table, {})
            had = mine[owner].mode if owner in mine else mode
            mine[owner] = Held(owner, table, _stronger(had, mode), datetime.now(UTC))

    def _against(self, owner: str, table: str, mode: str) -> list[Held]:
        held = self._held.get(table, {})
        return [
            lock
            for lock in held.values()
            if lock.owner != owner and (lock.mode, mode) not in _TOGETHER
        ]

    def release(self, owner: str) -> None:
        """Let go of everything that somebody holds."""
        with self._changed:
            for table in self._held.values():
                table.pop(owner, None)
            self._changed.notify_all()

    def held(self) -> Iterator[Held]:
        """Yield every lock, for v_monitor.locks."""
        with self._changed:
            found = [lock for table in self._held.values() for lock in table.values()]
        yield from found


def _stronger(had: str, wanted: str) -> str:
    if had == wanted:
        return had
    return "X" if "X" in (had, wanted) else _BOTH.get(frozenset((had, wanted)), "SI")


def _failure(table: str, mode: str, other: Held) -> VerticaError:
    return VerticaError(
        5157,
        "55V03",
        "Unavailable: initiator locks for query - Locking failure: "
        f"Timed out {mode} locking Table:{table}. {other.mode} held by [{other.owner}]. "
        "Your current transaction isolation level is READ COMMITTED",
    )
