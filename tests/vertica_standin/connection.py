"""A connection: messages in, answers out."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from typing import TYPE_CHECKING

import duckdb

from tests.vertica_standin import handshake
from tests.vertica_standin.copy_stream import CopyWire
from tests.vertica_standin.errors import DroppedError, VerticaError
from tests.vertica_standin.lexing import split
from tests.vertica_standin.prepared import Prepared
from tests.vertica_standin.results import INTEGER, Result
from tests.vertica_standin.session import Session
from tests.vertica_standin.wire import Wire

if TYPE_CHECKING:
    import socket

    from tests.vertica_standin.server import Entry, Standin

log = logging.getLogger("vertica_standin")
_LABEL = re.compile(r"/\*\+.*?LABEL\s*\(\s*'?([^)']*)", re.IGNORECASE | re.DOTALL)


class Connection(threading.Thread):
    """A client, served by a thread of its own.

    Args:
        server: the server.
        sock: the socket that it accepted.
    """

    def __init__(self, server: Standin, sock: socket.socket) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._wire = Wire(sock)
        self._copy = CopyWire(server, self._wire)
        self._skipping = False
        self.session: Session | None = None

    def run(self) -> None:
        """Serve the client until it goes, or is dropped."""
        key = None
        try:
            started = handshake.start(self._server, self._wire)
            if started is not None:
                key = started.key
                self._serve(started)
        except (OSError, DroppedError, ValueError):
            pass
        except Exception:  # a fault of the stand-in: the test sees a dropped connection
            log.exception("connection thread")
        finally:
            # The transaction is undone before the client sees the end.
            if self.session is not None:
                with contextlib.suppress(duckdb.Error, VerticaError):
                    self.session.close()
            self._server.forget(key)
            self._wire.close()

    def _serve(self, started: handshake.Started) -> None:
        session = Session(self._server, started.parameters, self._wire.peer)
        self.session = session
        prepared = Prepared(
            session, self._wire, lambda sql: self._statement(session, sql, described=True)
        )
        handshake.welcome(self._wire, started)
        self._server.remember(started.key, self)
        self._ready(session)
        while True:
            kind, body = self._wire.message()
            if kind == b"X":
                return
            if kind == b"Q":
                self._query(session, body[:-1].decode())
            elif kind == b"S":
                self._skipping = False
                if session.autocommit and not session.transaction.explicit:
                    session.transaction.commit()
                self._ready(session)
            elif kind != b"H" and not self._skipping:
                self._extended(prepared, kind, body)

    def _ready(self, session: Session) -> None:
        self._wire.send(b"Z", b"T" if session.transaction.is_open else b"I")

    def _query(self, session: Session, text: str) -> None:
        statements = split(text)
        if not statements:
            self._wire.send(b"I")
        for sql in statements:
            try:
                self._statement(session, sql)
            except VerticaError as error:
                self._wire.error(error)
                break
        self._ready(session)

    def _extended(self, prepared: Prepared, kind: bytes, body: bytes) -> None:
        try:
            prepared.message(kind, body)
        except VerticaError as error:
            self._wire.error(error)
            self._skipping = True

    # ---------------------------------------------------------------- one statement

    def _statement(self, session: Session, sql: str, *, described: bool = False) -> None:
        faults = self._server.faults
        entry = self._server.note(session, sql, _label(sql))
        if waits := faults.waits(sql):
            time.sleep(waits)
        dropped = faults.drops(sql)
        if dropped and faults.drop_when == "before":
            raise DroppedError
        self._wire.described = described
        self._copy.plain = False
        try:
            result = self._run(session, sql)
        except VerticaError as error:
            self._failed(entry, error)
            raise
        finally:
            self._notices(session)
        if dropped:
            raise DroppedError
        self._answer(result)

    def _run(self, session: Session, sql: str) -> Result:
        if self._server.faults.fails(sql):
            raise VerticaError(*self._server.faults.fail_with)
        try:
            return session.execute(sql, self._copy)
        except (VerticaError, DroppedError, OSError):
            raise
        except Exception as error:
            # Not Vertica's fault, nor the connection's: nobody is to try again.
            log.exception("a fault of the stand-in: %s", sql)
            text = f"stand-in: {type(error).__name__}: {error}"
            raise VerticaError(9998, "XX000", text) from error

    def _failed(self, entry: Entry, error: VerticaError) -> None:
        entry["error"] = f"{error.code} {error.sqlstate} {error.message}"
        # Vertica has described a result by the time that it fails while it runs.
        if error.late and not self._wire.described and not self._copy.plain:
            self._wire.describe([("OUTPUT", INTEGER)])

    def _notices(self, session: Session) -> None:
        for code, text in session.notices:
            if isinstance(code, str):
                self._wire.parameter(code, text)
                continue
            severity = "WARNING" if text.startswith("Cannot") else "NOTICE"
            self._wire.error(VerticaError(code, "00000", text, severity), b"N")
        session.notices.clear()

    def _answer(self, result: Result) -> None:
        if result.columns is not None and not (result.tag == "COPY" and self._copy.plain):
            if not self._wire.described:
                self._wire.describe(result.columns)
            self._wire.rows(result.columns, result.rows)
        self._wire.send(b"C", result.tag.encode() + b"\0")

    # ---------------------------------------------------------------- from other threads

    def cancel(self) -> None:
        """Stop the statement that runs."""
        if self.session is not None:
            self.session.connection.interrupt()

    def end(self) -> None:
        """Stop what runs, and end the connection."""
        with contextlib.suppress(duckdb.Error):
            self.cancel()
        self._wire.shutdown()


def _label(sql: str) -> str | None:
    found = _LABEL.search(sql)
    return found[1] if found else None
