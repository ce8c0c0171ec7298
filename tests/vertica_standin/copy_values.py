"""What COPY checks of a field before it is loaded."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.vertica_standin.vtypes import VType

_DATE = re.compile(r"\d{4}-\d\d?-\d\d?")
_OCTAL = re.compile(rb"\\(\d{3})")
_MAX_INTEGER = 2**63
_TRUE = frozenset(("t", "true", "y", "yes", "1", "on"))
_FALSE = frozenset(("f", "false", "n", "no", "0", "off"))
_WORDS = {"int": "integer", "ts": "timestamp", "bool": "boolean", "bin": "binary"}


class RejectedError(Exception):
    """A record is not loaded; the text says why, as Vertica words it."""


def convert(text: str, vtype: VType, place: str, *, enforce: bool) -> str:
    """Return the text that DuckDB will cast.

    Args:
        text: the field.
        vtype: the type of its column.
        place: the column as messages name it, ``2 (name)``.
        enforce: whether a value that is too long is refused; it is cut otherwise.

    Raises:
        RejectedError: when the field is not of the type.
    """
    if vtype.kind == "str":
        octets = text.encode()
        if len(octets) <= (vtype.length or 0):
            return text
        _check_length(len(octets), vtype, place, enforce=enforce)
        return octets[: vtype.length].decode("utf-8", "ignore")
    try:
        if vtype.kind == "bin":
            octets = _octets(text)
            if len(octets) > (vtype.length or 0):
                _check_length(len(octets), vtype, place, enforce=enforce)
            return octets[: vtype.length].hex()
        check = _CHECKS.get(vtype.kind)
        return check(text.strip()) if check else text.strip()
    except (ValueError, InvalidOperation) as error:
        word = _WORDS.get(vtype.kind, vtype.kind)
        raise RejectedError(f"Invalid {word} format '{text}' for column {place}") from error


def _check_length(length: int, vtype: VType, place: str, *, enforce: bool) -> None:
    if enforce:
        raise RejectedError(
            f"The {length}-byte value is too long for type {vtype.sized}({vtype.length}), "
            f"column {place}"
        )


def _octets(text: str) -> bytes:
    if text.startswith("0x"):
        return bytes.fromhex(text[2:])
    return _OCTAL.sub(lambda found: bytes((int(found[1], 8),)), text.encode())


def _integer(text: str) -> str:
    if not re.fullmatch(r"[+-]?\d+", text) or abs(int(text)) >= _MAX_INTEGER:
        raise ValueError(text)
    return text


def _boolean(text: str) -> str:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(text)
    return str(text.lower() in _TRUE)


def _moment(text: str) -> str:
    if _DATE.fullmatch(text):
        dt.date(*map(int, text.split("-")))
    else:
        dt.datetime.fromisoformat(text)
    return text


def _checked(read: Callable[[str], object]) -> Callable[[str], str]:
    def check(text: str) -> str:
        read(text)
        return text

    return check


_CHECKS: dict[str, Callable[[str], str]] = {
    "int": _integer,
    "float": _checked(float),
    "numeric": _checked(Decimal),
    "bool": _boolean,
    "uuid": _checked(uuid.UUID),
    "ts": _moment,
    "date": _moment,
    "time": _checked(dt.time.fromisoformat),
}
