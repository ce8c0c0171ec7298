"""Values on the wire, as text and as binary."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.vertica_standin.vtypes import VType

_MICROSECOND = dt.timedelta(microseconds=1)
_EPOCH = dt.datetime(2000, 1, 1)
_JULIAN = 1721425
_PRINTABLE = range(32, 127)
_BACKSLASH = ord("\\")
_FLOATS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def to_text(value: Any, vtype: VType) -> bytes | None:
    """Return a value in the text format."""
    if value is None:
        return None
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, (bytes, bytearray)):
        # BINARY(n) is filled up with zeros, VARBINARY is not.
        width = vtype.length or 0 if vtype.name == "binary" else 0
        return _octets(bytes(value).ljust(width, b"\0"))
    if isinstance(value, dt.datetime):
        text = value.replace(tzinfo=None).isoformat(" ")
        text = text.rstrip("0") if "." in text else text
        return (text + ("+00" if vtype.oid == 13 else "")).encode()
    if isinstance(value, dt.timedelta):
        days, seconds = divmod(int(value.total_seconds()), 86400)
        return f"{days} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}".encode()
    if isinstance(value, float):
        return _FLOATS.get(str(value), repr(value)).encode()
    if isinstance(value, Decimal):
        return format(value, "f").encode()
    text = str(value)
    return (text.ljust(vtype.length) if vtype.name == "char" and vtype.length else text).encode()


def _octets(value: bytes) -> bytes:
    return b"".join(
        b"\\\\"
        if byte == _BACKSLASH
        else bytes((byte,))
        if byte in _PRINTABLE
        else b"\\%03o" % byte
        for byte in value
    )


def to_binary(value: Any, vtype: VType) -> bytes | None:
    """Return a value in the binary format (the driver's option ``binary_transfer``)."""
    if value is None:
        return None
    write = _BINARY.get(vtype.kind)
    if write is not None and vtype.oid != 15:
        return write(value, vtype)
    return bytes(value) if isinstance(value, (bytes, bytearray)) else to_text(value, vtype)


def _numeric(value: Any, vtype: VType) -> bytes:
    whole = int(Decimal(value).scaleb(vtype.scale or 0))
    return whole.to_bytes(((vtype.length or 0) // 19 + 1) * 8, "big", signed=True)


def _moment(value: dt.datetime, _: VType) -> bytes:
    return struct.pack("!q", (value.replace(tzinfo=None) - _EPOCH) // _MICROSECOND)


def _time(value: dt.time, _: VType) -> bytes:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    return struct.pack("!q", seconds * 1_000_000 + value.microsecond)


_BINARY = {
    "bool": lambda value, _: bytes([value]),
    "int": lambda value, _: struct.pack("!q", value),
    "float": lambda value, _: struct.pack("!d", value),
    "numeric": _numeric,
    "date": lambda value, _: struct.pack("!q", value.toordinal() + _JULIAN),
    "ts": _moment,
    "interval": lambda value, _: struct.pack("!q", value // _MICROSECOND),
    "time": _time,
    "uuid": lambda value, _: value.bytes,
}
