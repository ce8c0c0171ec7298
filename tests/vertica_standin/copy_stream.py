"""The data of COPY: over the connection, from the client's files, or from the server's."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tests.vertica_standin.copying import ROWS_LOADED
from tests.vertica_standin.errors import DroppedError, VerticaError
from tests.vertica_standin.wire import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.vertica_standin.copy_statement import Copy
    from tests.vertica_standin.rejects import Rejected
    from tests.vertica_standin.server import Standin
    from tests.vertica_standin.wire import Wire

_S3 = "s3://"
# From this protocol on the client counts its files in four bytes.
_WIDE = 3 << 16 | 15
_GLOB = "*?["


class CopyWire:
    """The stream of one connection.

    Attributes:
        plain: whether the statement that runs reads STDIN: it has no result then.
    """

    def __init__(self, server: Standin, wire: Wire) -> None:
        self._server = server
        self._wire = wire
        self.plain = False

    def copy_sources(self, copy: Copy) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the data of every source."""
        self.plain = copy.stdin and not copy.local
        if self.plain:
            self._ask_stdin()
            yield "", self._received()
        elif copy.local:
            yield from self._local(copy)
        else:
            for path in copy.paths:
                yield from self._server_files(path)

    def _ask_stdin(self) -> None:
        self._wire.send(b"G", struct.pack("!BH", 0, 0))

    def _local(self, copy: Copy) -> Iterator[tuple[str, bytes]]:
        wire = self._wire
        wire.describe(ROWS_LOADED)
        texts = (*copy.paths, copy.texts.get("rejfile", ""), copy.texts.get("exceptions", ""))
        wire.send(b"F", struct.pack("!H", len(copy.paths)) + b"".join(map(_text, texts)))
        kind, body = wire.message()
        if kind == b"e":
            raise _client_error("COPY: client error", body)
        names = _names(body, wide=min(PROTOCOL, wire.version) >= _WIDE)
        for name in names:
            wire.send(b"H", _text(name))
            yield name, self._received()
        if not names:
            self._ask_stdin()
            yield "", self._received()
            wire.message()  # CopyDone

    def _server_files(self, path: str) -> Iterator[tuple[str, bytes]]:
        root = self._server.s3_root
        in_s3 = path.startswith(_S3)
        if in_s3 and root is None:
            raise _no_file(path)
        folder = Path(root or "") if in_s3 else Path("/")
        pattern = path.removeprefix(_S3).lstrip("/")
        globbed = any(sign in pattern for sign in _GLOB)
        # "If the key has a percent sign, it has to be URL-encoded": documentation of 11.0.
        pattern = unquote(pattern) if in_s3 else pattern
        files = sorted(folder.glob(pattern)) if globbed else [folder / pattern]
        if not files or not all(file.is_file() for file in files):
            raise _no_file(path)
        for file in files:
            name = file.relative_to(folder).as_posix()
            yield f"{_S3 if in_s3 else '/'}{name}", file.read_bytes()

    def _received(self) -> bytes:
        parts = []
        while True:
            kind, body = self._wire.message()
            if self._server.faults.drop_in_copy:
                raise DroppedError
            if kind == b"d":
                parts.append(body)
            elif kind in (b"c", b"j"):  # CopyDone, EndOfBatchRequest
                return b"".join(parts)
            elif kind in (b"f", b"e"):  # CopyFail, CopyError
                raise _client_error("COPY: from stdin failed", body)

    def batch_done(self, copy: Copy, rejected: Sequence[Rejected]) -> None:
        """Say what was rejected of a source of the client's."""
        if not copy.local:
            return
        if "returnrejected" in copy.flags:
            numbers = struct.pack(f"<{len(rejected)}Q", *(record.number for record in rejected))
            self._wire.send(b"O", b"\0" + struct.pack("!I", len(numbers)) + numbers)
        reasons = [
            f"COPY: Input record {record.number} has been rejected ({record.reason}).\n"
            for record in rejected
        ]
        texts = {
            "rejfile": "".join(record.text + "\n" for record in rejected),
            "exceptions": "".join(reasons),
        }
        for option, text in texts.items():
            if option in copy.texts and text:
                body = text.encode("utf-8", "surrogateescape")
                size = struct.pack("!I", len(body))
                self._wire.send(b"O", _text(copy.texts[option]) + size + body)
        self._wire.send(b"J")

    def copy_done(self, copy: Copy) -> None:
        """Say that all the client's files were read."""
        if copy.local and copy.paths:
            self._wire.send(b"c")


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _names(body: bytes, *, wide: bool) -> list[str]:
    at = 4 if wide else 2
    names = []
    for _ in range(struct.unpack("!I" if wide else "!H", body[:at])[0]):
        end = body.index(b"\0", at)
        names.append(body[at:end].decode())
        at = end + 9
    return names


def _client_error(what: str, body: bytes) -> VerticaError:
    reason = body.rstrip(b"\0").split(b"\0")[-1].decode("utf-8", "replace")
    return VerticaError(2746, "22V04", f"{what}: {reason}")


def _no_file(path: str) -> VerticaError:
    return VerticaError(  # [?] code
        2886, "58V01", f"Could not open file [{path}] for reading; No such file or directory"
    )
