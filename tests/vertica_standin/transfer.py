"""Values on the wire, as text and as binary."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.vertica_standin.vtypes import VType

_MICROSECOND = dt.timedelta(microseconds=1)
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_JULIAN = 1721425
_PRINTABLE = range(32, 127)
_BACKSLASH = ord("\\")
_FLOATS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def to_text(value: object, vtype: VType) -> bytes | None:
    """Return a value in the text format."""
    if value is None:
        return None
    write = next((write for kind, write in _TEXTS if isinstance(value, kind)), None)
    if write is not None:
        return write(value, vtype)
    text = str(value)
    return (text.ljust(vtype.length) if vtype.name == "char" and vtype.length else text).encode()


def _octets(value: bytes, vtype: VType) -> bytes:
    # BINARY(n) is filled up with zeros, VARBINARY is not.
    width = vtype.length or 0 if vtype.name == "binary" else 0
    return b"".join(
        b"\\\\"
        if byte == _BACKSLASH
        else bytes((byte,))
        if byte in _PRINTABLE
        else b"\\%03o" % byte
        for byte in bytes(value).ljust(width, b"\0")
    )


def _moment_text(value: dt.datetime, vtype: VType) -> bytes:
    text = value.replace(tzinfo=None).isoformat(" ")
    text = text.rstrip("0") if "." in text else text
    return (text + ("+00" if vtype.name == "timestamptz" else "")).encode()


def _interval_text(value: dt.timedelta, _: VType) -> bytes:
    days, seconds = divmod(int(value.total_seconds()), 86400)
    return f"{days} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}".encode()


# A boolean is an integer too, so it comes first.
_TEXTS: tuple[tuple[type | tuple[type, ...], Callable[..., bytes]], ...] = (
    (bool, lambda value, _: b"t" if value else b"f"),
    ((bytes, bytearray), _octets),
    (dt.datetime, _moment_text),
    (dt.timedelta, _interval_text),
    (float, lambda value, _: _FLOATS.get(str(value), repr(value)).encode()),
    (Decimal, lambda value, _: format(value, "f").encode()),
)


def to_binary(value: object, vtype: VType) -> bytes | None:
    """Return a value in the binary format (the driver's option ``binary_transfer``)."""
    if value is None:
        return None
    write = _BINARIES.get(vtype.name)
    if write is not None:
        return write(value, vtype)
    return bytes(value) if isinstance(value, (bytes, bytearray)) else to_text(value, vtype)


def _numeric(value: Decimal, vtype: VType) -> bytes:
    whole = int(Decimal(value).scaleb(vtype.scale or 0))
    return whole.to_bytes(((vtype.length or 0) // 19 + 1) * 8, "big", signed=True)


def _moment(value: dt.datetime, _: VType) -> bytes:
    return struct.pack("!q", (value.replace(tzinfo=dt.UTC) - _EPOCH) // _MICROSECOND)


def _time(value: dt.time, _: VType) -> bytes:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return struct.pack("!q", seconds * 1_000_000 + value.microsecond)


def _uuid(value: UUID, _: VType) -> bytes:
    return value.bytes


_BINARIES: dict[str, Callable[..., bytes]] = {
    "boolean": lambda value, _: bytes([value]),
    "int": lambda value, _: struct.pack("!q", value),
    "float": lambda value, _: struct.pack("!d", value),
    "numeric": _numeric,
    "date": lambda value, _: struct.pack("!q", value.toordinal() + _JULIAN),
    "timestamp": _moment,
    "timestamptz": _moment,
    "interval": lambda value, _: struct.pack("!q", value // _MICROSECOND),
    "time": _time,
    "uuid": _uuid,
}
