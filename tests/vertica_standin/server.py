"""The server."""

from __future__ import annotations

import socket
import threading

import duckdb

from tests.vertica_standin.catalog import prepare_db
from tests.vertica_standin.connection import Connection
from tests.vertica_standin.faults import Faults
from tests.vertica_standin.locks import Locks


class Standin:
    """The server; a context manager. ``faults`` may be changed at any time; ``log`` records every statement."""

    def __init__(
        self,
        port=0,
        db=":memory:",
        host="127.0.0.1",
        password="",
        user=None,
        auth="md5",
        faults=None,
        tls=None,
        balance_to=None,
        lock_timeout=5.0,
        s3_root=None,
    ):
        self.host, self.port, self.password, self.user, self.auth, self.tls = (
            host,
            port,
            password,
            user,
            auth,
            tls,
        )
        self.faults, self.balance_to, self.s3_root = faults or Faults(), balance_to, s3_root
        self.locks, self.log, self.connections = Locks(lock_timeout), [], {}
        self.db = duckdb.connect(db)
        prepare_db(self.db)

    def start(self):
        self.listener = socket.create_server((self.host, self.port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self.faults.refuse:
                sock.close()
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Connection(self, sock).start()

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for c in list(self.connections.values()):
            try:
                c.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            c.join(5)
        self.db.close()

    __enter__ = start

    def __exit__(self, *exc):
        self.stop()
