"""SQL's own type words, as far as the reference model needs them.

A type is written as in the metadata: `integer`, `decimal(10,2)`, `varchar(200)`, `timestamp`, ...
and `hash` for a surrogate (lower-case hex digits, as many as the digest has). Values are plain
Python: int, Decimal, str, date, naive datetime (UTC), bool, float, and None for NULL.
"""

import re
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cache
from typing import NamedTuple

Value = int | float | Decimal | str | date | datetime | bool | None

FAMILIES = {
    "smallint": "integer",
    "integer": "integer",
    "int": "integer",
    "bigint": "integer",
    "decimal": "decimal",
    "numeric": "decimal",
    "varchar": "text",
    "text": "text",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "hash": "hash",
    "double": "double",
}
PYTHON_TYPES = {
    "integer": int,
    "decimal": Decimal,
    "text": str,
    "date": date,
    "timestamp": datetime,
    "boolean": bool,
    "hash": str,
    "double": float,
}
HASH_DIGITS = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")  # md5, sha1, sha256


class SqlType(NamedTuple):
    """A parsed type: its family and the numbers in brackets, e.g. `("decimal", (10, 2))`."""

    family: str
    arguments: tuple[int, ...] = ()

    @property
    def scale(self) -> int:
        """Digits after the point of a decimal."""
        return self.arguments[1] if len(self.arguments) > 1 else 0


@cache
def parse_type(text: str) -> SqlType:
    """Read a type as the metadata writes it.

    >>> parse_type("decimal(10,2)")
    SqlType(family='decimal', arguments=(10, 2))
    """
    match = re.fullmatch(r"\s*([a-z]+)\s*(?:\(([\d\s,]+)\))?\s*", text.lower())
    if match is None or match[1] not in FAMILIES:
        raise ValueError(f"unknown type: {text!r}")
    numbers = match[2] or ""
    return SqlType(FAMILIES[match[1]], tuple(int(n) for n in numbers.split(",") if n.strip()))


def check_value(value: Value, sql_type: str) -> None:
    """Refuse a Python value that a column of this type could not hold as it is."""
    family = parse_type(sql_type).family
    expected = PYTHON_TYPES[family]
    right = isinstance(value, expected)
    if family == "integer":
        right = right and not isinstance(value, bool)
    elif family == "date":
        right = right and not isinstance(value, datetime)
    elif family == "timestamp":
        right = right and value.tzinfo is None  # a warehouse timestamp is UTC without saying so
    elif family == "hash":
        right = right and HASH_DIGITS.fullmatch(value) is not None
    if value is not None and not right:
        raise TypeError(f"{value!r} is no {sql_type}")


def at_scale(value: Decimal, scale: int) -> Decimal:
    """Give the decimal exactly `scale` digits after the point; losing one is an error (H1).

    >>> at_scale(Decimal("2"), 2)
    Decimal('2.00')
    """
    with localcontext() as context:
        context.prec = 80
        scaled = value.quantize(Decimal(1).scaleb(-scale))
    if scaled != value:
        raise ValueError(f"{value} has more than {scale} digits after the point")
    return abs(scaled) if scaled == 0 else scaled


def parse_value(text: str | float | bool | None, sql_type: str) -> Value:  # noqa: FBT001 - JSON's own values
    """Turn a value as JSON holds it (decimals, dates and timestamps are strings) into Python's.

    >>> parse_value("2024-02-29", "date")
    datetime.date(2024, 2, 29)
    """
    if text is None:
        return None
    family = parse_type(sql_type).family
    readers = {
        "decimal": Decimal,
        "date": date.fromisoformat,
        "timestamp": datetime.fromisoformat,
        "double": float,
    }
    value = readers[family](text) if family in readers else text
    check_value(value, sql_type)
    return value


def nulls_first(value: Value) -> tuple[Value, ...]:
    """Sort key that puts NULL lowest (L5: `order_by` is ascending, NULL first)."""
    return (0,) if value is None else (1, value)


def nulls_last(value: Value) -> tuple[Value, ...]:
    """Sort key that puts NULL highest (section 5: ties by the row's own values, NULL last)."""
    return (1,) if value is None else (0, value)
