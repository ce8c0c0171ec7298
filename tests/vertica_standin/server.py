"""The server: it listens, and knows who is connected."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self, TypedDict

from tests.vertica_standin.catalog import Changes, lasting_names, open_database
from tests.vertica_standin.connection import Connection
from tests.vertica_standin.faults import Faults
from tests.vertica_standin.locks import Locks
from tests.vertica_standin.names import Shared

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from tests.vertica_standin.session import Session

_POOLS = ("general", "sysquery", "etl")
_JOIN = 5


class Entry(TypedDict):
    """A statement that was sent.

    Attributes:
        session: the label of the session.
        error: what it was answered with, None when it went well.
        label: of its hint.
    """

    session: str
    user: str
    sql: str
    error: str | None
    label: str | None


class Standin:
    """The server; a context manager.

    Args:
        port: 0 for any that is free.
        db: a database file.
        host: the address to listen on.
        password: without one everybody may come in.
        user: the only one who may, None for any.
        auth: ``password``, ``md5`` or ``sha512``.
        faults: switches, which may be changed at any time.
        tls: a context with a certificate; without one TLS is refused.
        balance_to: where clients that ask for load balancing are sent.
        lock_timeout: seconds until a statement gives up to wait for a lock.
        s3_root: the folder that stands for ``s3://``: bucket and key are below it.
        resource_pools: the names of pools that a session may choose.

    Attributes:
        log: every statement that was sent, in order.
        analyzed: the tables of ANALYZE_STATISTICS, in order.
    """

    def __init__(
        self,
        port: int = 0,
        db: str = ":memory:",
        *,
        host: str = "127.0.0.1",
        password: str = "",
        user: str | None = None,
        auth: str = "md5",
        faults: Faults | None = None,
        tls: ssl.SSLContext | None = None,
        balance_to: tuple[str, int] | None = None,
        lock_timeout: float = 5.0,
        s3_root: str | Path | None = None,
        resource_pools: tuple[str, ...] = _POOLS,
    ) -> None:
        self.host = host
        self.port = port
        self.password = password
        self.user = user
        self.auth = auth
        self.faults = faults or Faults()
        self.tls = tls
        self.balance_to = balance_to
        self.s3_root = s3_root
        self.resource_pools = resource_pools
        self.locks = Locks(lock_timeout)
        self.log: list[Entry] = []
        self.analyzed: list[str] = []
        self.database = open_database(db)
        self.changes = Changes(lasting_names(self.database))
        self.shared = Shared()
        self._listener: socket.socket | None = None
        self._connections: dict[tuple[int, int], Connection] = {}
        self._mutex = threading.Lock()

    def start(self) -> Self:
        """Listen, and serve every client in a thread of its own."""
        listener = socket.create_server((self.host, self.port))
        self._listener = listener
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()
        return self

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            if self.faults.refuse:
                sock.close()
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Connection(self, sock).start()

    def stop(self) -> None:
        """End every connection, and let go of the database."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for connection in self._connected():
            connection.end()
            connection.join(_JOIN)
        self.database.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ---------------------------------------------------------------- who is connected

    def remember(self, key: tuple[int, int], connection: Connection) -> None:
        """Note a client that has come in."""
        with self._mutex:
            self._connections[key] = connection

    def forget(self, key: tuple[int, int] | None) -> None:
        """Forget a client that has gone."""
        with self._mutex:
            if key is not None:
                self._connections.pop(key, None)

    def _connected(self) -> list[Connection]:
        with self._mutex:
            return list(self._connections.values())

    def sessions(self) -> list[Session]:
        """Return the sessions that are open."""
        return [one.session for one in self._connected() if one.session is not None]

    def cancel(self, key: tuple[int, int]) -> None:
        """Stop the statement of a client."""
        with self._mutex:
            connection = self._connections.get(key)
        if connection is not None:
            connection.cancel()

    def close_session(self, wanted: str) -> bool:
        """End a client by the id of its session; say whether there is one."""
        for connection in self._connected():
            if connection.session is not None and connection.session.id == wanted:
                connection.end()
                return True
        return False

    def note(self, session: Session, sql: str, label: str | None) -> Entry:
        """Write a statement into the log."""
        entry = Entry(session=session.label, user=session.user, sql=sql, error=None, label=label)
        self.log.append(entry)
        return entry
