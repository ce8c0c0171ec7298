"""Connections that are kept for the next step: opening one costs more than many a statement."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Connection = TypeVar("Connection")


class Pool(Generic[Connection]):
    """Idle connections of a server; threads may share it.

    Args:
        connect: opens one more.
        disconnect: closes one; must not raise.
    """

    def __init__(
        self, connect: Callable[[], Connection], disconnect: Callable[[Connection], None]
    ) -> None:
        self._connect = connect
        self._disconnect = disconnect
        self._idle: list[Connection] = []
        self._lock = Lock()

    def take(self) -> Connection:
        """Return a connection that nobody else uses."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def give(self, connection: Connection) -> None:
        """Keep a connection that is in order and in no transaction."""
        with self._lock:
            self._idle.append(connection)

    def discard(self, connection: Connection) -> None:
        """Close a connection that is broken, and those that idle: they are likely broken too."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in (connection, *idle):
            self._disconnect(each)

    def close(self) -> None:
        """Close what idles."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            self._disconnect(each)
