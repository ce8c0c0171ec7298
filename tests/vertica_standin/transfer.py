"""Values on the wire, as text and as binary."""

from __future__ import annotations

import datetime as dt
import decimal
import struct


def to_text(v, t):
    """A Python value as Vertica's text transfer format."""
    if v is None:
        return None
    if isinstance(v, bool):
        return b"t" if v else b"f"
    if isinstance(v, (bytes, bytearray)):
        if t.name == "binary":
            v = v.ljust(t.length, b"\0")
        return b"".join(
            b"\\\\" if b == 92 else bytes((b,)) if 32 <= b < 127 else b"\\%03o" % b for b in v
        )
    if isinstance(v, dt.datetime):
        s = v.replace(tzinfo=None).isoformat(" ")
        return ((s.rstrip("0") if "." in s else s) + ("+00" if t.oid == 13 else "")).encode()
    if isinstance(v, dt.timedelta):
        d, s = divmod(int(v.total_seconds()), 86400)
        return f"{d} {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}".encode()
    if isinstance(v, float):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(str(v), repr(v)).encode()
    if isinstance(v, decimal.Decimal):
        return format(v, "f").encode()
    return (str(v).ljust(t.length) if t.oid == 8 and t.length else str(v)).encode()


def to_binary(v, t):
    """A Python value as Vertica's binary transfer format (connection option binary_transfer)."""
    if v is None:
        return None
    if t.oid in (5, 6, 7):
        return bytes([v]) if t.oid == 5 else struct.pack("!q" if t.oid == 6 else "!d", v)
    if t.oid == 16:
        return int(decimal.Decimal(v).scaleb(t.scale)).to_bytes(
            (t.length // 19 + 1) * 8, "big", signed=True
        )
    if t.oid == 10:
        return struct.pack("!q", v.toordinal() + 1721425)
    if t.oid in (12, 13):
        return struct.pack(
            "!q", (v.replace(tzinfo=None) - dt.datetime(2000, 1, 1)) // dt.timedelta(microseconds=1)
        )
    if t.oid == 14:
        return struct.pack("!q", v // dt.timedelta(microseconds=1))
    if t.oid == 11:
        return struct.pack(
            "!q", ((v.hour * 60 + v.minute) * 60 + v.second) * 1000000 + v.microsecond
        )
    if t.oid == 20:
        return v.bytes
    return bytes(v) if isinstance(v, (bytes, bytearray)) else to_text(v, t)
