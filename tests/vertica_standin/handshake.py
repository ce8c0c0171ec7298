"""How a connection begins: TLS, load balancing, cancelling, the password."""

from __future__ import annotations

import hashlib
import secrets
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.vertica_standin.errors import VerticaError
from tests.vertica_standin.translation import SERVER_VERSION
from tests.vertica_standin.wire import PROTOCOL

if TYPE_CHECKING:
    from tests.vertica_standin.server import Standin
    from tests.vertica_standin.wire import Wire

_CANCEL = 80877102
_SSL = 80877103
_BALANCE = 80936960
_MD5 = 65541
_SHA512 = 66048
_PLAIN = 3


@dataclass
class Started:
    """What a client that may come in has said.

    Attributes:
        parameters: by their names.
        key: by which another connection can cancel its statement.
    """

    parameters: dict[str, str]
    key: tuple[int, int] = field(
        default_factory=lambda: (secrets.randbelow(1 << 30), secrets.randbelow(1 << 30))
    )


def start(server: Standin, wire: Wire) -> Started | None:
    """Talk to a client up to its session; return None when there is to be none."""
    while True:
        body = wire.body()
        code = struct.unpack("!I", body[:4])[0]
        if code == _SSL:
            wire.send_byte(b"S" if server.tls else b"N")
            if server.tls:
                wire.wrap(server.tls)
        elif code == _BALANCE:
            host, port = server.balance_to or wire.address
            wire.send(b"Y", struct.pack("!I", port) + host.encode() + b"\0")
            wire.flush()
        elif code == _CANCEL:
            server.cancel(struct.unpack("!2I", body[4:12]))
            return None
        else:
            break
    started = Started(_parameters(wire, body))
    return started if _authenticated(server, wire, started.parameters) else None


def welcome(wire: Wire, started: Started) -> None:
    """Say that the client is in, and what it is to know."""
    said = started.parameters
    wire.complex_types = '"request_complex_types":true' in said.get("protocol_features", "")
    wire.binary = said.get("binary_data_protocol") == "1"
    wire.send(b"R", struct.pack("!I", 0))
    told = {
        "server_version": SERVER_VERSION,
        "standard_conforming_strings": "on",
        "timezone": "UTC",
        "client_label": said.get("client_label", ""),
        "protocol_version": min(PROTOCOL, wire.version),
        "request_complex_types": "on" if wire.complex_types else "off",
        "auto_commit": said.get("autocommit", "off"),
    }
    for name, value in told.items():
        wire.parameter(name, value)
    wire.send(b"K", struct.pack("!2I", *started.key))


def _parameters(wire: Wire, body: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 4
    while body[at : at + 1] not in (b"\0", b""):
        end = body.index(b"\0", at)
        name, at = body[at:end].decode(), end + 1
        if name == "protocol_version":
            wire.version = struct.unpack("!I", body[at : at + 4])[0]
            at += 5
            continue
        end = body.index(b"\0", at)
        found[name], at = body[at:end].decode(), end + 1
    return found


def _authenticated(server: Standin, wire: Wire, parameters: dict[str, str]) -> bool:
    if not server.password:
        return True
    user = parameters.get("user", "")
    wanted = _ask(server, wire, user)
    kind, body = wire.message()
    answer = body.rstrip(b"\0")
    known = server.user in (None, user)
    if kind == b"p" and secrets.compare_digest(answer, wanted) and known:
        return True
    wire.error(VerticaError(3781, "28000", "Invalid username or password", "FATAL"))
    wire.flush()
    return False


def _ask(server: Standin, wire: Wire, user: str) -> bytes:
    """Ask for the password in the server's way; return the right answer."""
    salt, password = secrets.token_bytes(4), server.password.encode()
    if server.auth == "md5":
        wire.send(b"R", struct.pack("!I", _MD5) + salt)
        return b"md5" + _hex("md5", _hex("md5", password + user.encode()) + salt)
    if server.auth == "sha512":
        own = secrets.token_bytes(16)
        wire.send(b"R", struct.pack("!I", _SHA512) + salt + struct.pack("!I", len(own)) + own)
        return b"sha512" + _hex("sha512", _hex("sha512", password + own) + salt)
    wire.send(b"R", struct.pack("!I", _PLAIN))
    return password


def _hex(name: str, data: bytes) -> bytes:
    return hashlib.new(name, data).hexdigest().encode()
