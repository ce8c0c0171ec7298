"""The bytes of the protocol."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Any

from tests.vertica_standin.transfer import to_binary, to_text

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from tests.vertica_standin.errors import VerticaError
    from tests.vertica_standin.vtypes import VType

PROTOCOL = 3 << 16 | 16
# Linux only, and to be said again and again: a client that sends in small pieces waits for each to
# be acknowledged, which takes 40 ms otherwise.
_AT_ONCE = getattr(socket, "TCP_QUICKACK", None)
# Rows between two writes to the socket.
_ROWS = 1000
_SIZES = {5: 1, **dict.fromkeys((6, 7, 10, 11, 12, 13, 14, 15), 8), 20: 16}


class Wire:
    """One end of a connection.

    Attributes:
        binary: whether values go in the binary format.
        complex_types: whether the client asked for complex types.
        version: the protocol that the client speaks.
        described: whether the columns of the statement that runs have been sent.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._reader = sock.makefile("rb")
        self._waiting: list[bytes] = []
        self.binary = False
        self.complex_types = False
        self.version = PROTOCOL
        self.described = False

    # ---------------------------------------------------------------- bytes

    def send(self, kind: bytes, body: bytes = b"") -> None:
        """Put a message behind those that wait."""
        self._waiting.append(kind + struct.pack("!I", len(body) + 4) + body)

    def flush(self) -> None:
        """Send what waits."""
        data = b"".join(self._waiting)
        self._waiting = []
        if data:
            self._socket.sendall(data)

    def send_byte(self, byte: bytes) -> None:
        """Send one byte that is no message."""
        self._socket.sendall(byte)

    def message(self) -> tuple[bytes, bytes]:
        """Return the kind and the body of the next message."""
        self.flush()
        if _AT_ONCE is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _AT_ONCE, 1)
        kind = self._read(1)
        return kind, self.body()

    def body(self) -> bytes:
        """Return the body of a message without a kind."""
        length: int = struct.unpack("!I", self._read(4))[0]
        return self._read(length - 4)

    def _read(self, size: int) -> bytes:
        data = self._reader.read(size)
        if len(data) != size:
            raise ConnectionError("the client went away")
        return data

    def wrap(self, context: ssl.SSLContext) -> None:
        """Go on under TLS."""
        self._socket = context.wrap_socket(self._socket, server_side=True)
        self._reader = self._socket.makefile("rb")

    @property
    def address(self) -> tuple[str, int]:
        """This end's address."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    @property
    def peer(self) -> str:
        """The other end's address."""
        host, port = self._socket.getpeername()[:2]
        return f"{host}:{port}"

    def shutdown(self) -> None:
        """End the connection; whoever reads it notices."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection and give the socket back."""
        self.shutdown()
        for closing in (self._reader.close, self._socket.close):
            with contextlib.suppress(OSError):
                closing()

    # ---------------------------------------------------------------- answers

    def error(self, error: VerticaError, kind: bytes = b"E") -> None:
        """Send an error, or a notice."""
        fields = {
            "S": error.severity,
            "C": error.sqlstate,
            "M": error.message,
            "H": error.hint,
            "V": str(error.code),
            "R": "standin",
            "F": "vertica_standin.py",
            "L": "1",
        }
        parts = [
            name.encode() + text.encode("utf-8", "replace") + b"\0"
            for name, text in fields.items()
            if text
        ]
        self.send(kind, b"".join(parts) + b"\0")

    def parameter(self, name: str, value: object) -> None:
        """Tell the client the value of one of its parameters."""
        self.send(b"S", f"{name}\0{value}\0".encode())

    def describe(self, columns: Sequence[tuple[str, VType]]) -> None:
        """Send the columns of a result."""
        parts = [struct.pack("!HI", len(columns), 0)]
        for number, (name, vtype) in enumerate(columns, start=1):
            size = _SIZES.get(vtype.oid, -1)
            parts += [
                name.encode() + b"\0" + struct.pack("!QH", 0, number),
                struct.pack("!H", 0) if self.complex_types else b"",
                struct.pack("!BIhHHiH", 0, vtype.oid, size, 1, 0, vtype.modifier, int(self.binary)),
            ]
        self.send(b"T", b"".join(parts))
        self.described = True

    def rows(self, columns: Sequence[tuple[str, VType]], rows: Sequence[Sequence[Any]]) -> None:
        """Send the rows of a result."""
        encode = to_binary if self.binary else to_text
        types = [vtype for _, vtype in columns]
        for number, row in enumerate(rows, start=1):
            parts = [struct.pack("!H", len(row))]
            for value, vtype in zip(row, types, strict=True):
                octets = encode(value, vtype)
                size = -1 if octets is None else len(octets)
                parts += [struct.pack("!i", size), octets or b""]
            self.send(b"D", b"".join(parts))
            if number % _ROWS == 0:
                self.flush()
