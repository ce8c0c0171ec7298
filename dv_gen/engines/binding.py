"""Values in SQL text, for engines whose drivers cannot bind a name to any statement."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What stands inside a literal, a quoted name or a comment is no parameter; `::` is a cast.
_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|::|:(?P<name>[A-Za-z_]\w*)""", re.DOTALL
)


def literal(value: object) -> str:
    """Return a value as SQL: the one place where the run writes values into text.

    Strings are standard ones, in which a backslash is a character like any other; moments are
    text, for the cast that stands around them. A tuple is what stands in the brackets of IN.

    >>> literal("it's"), literal(None), literal(True), literal(7)
    ("'it''s'", 'NULL', 'TRUE', '7')

    Raises:
        TypeError: for a type that no statement of ours has a parameter of.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"'{value.isoformat(' ', 'microseconds')}'"
    if isinstance(value, tuple):
        return ", ".join(literal(item) for item in value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"no literal for {type(value).__name__}")


def bind(sql: str, parameters: Mapping[str, Any] | None) -> str:
    """Return a statement with the value in place of every ``:name``.

    >>> bind("SELECT :a, ':a', x::int", {"a": 1})
    "SELECT 1, ':a', x::int"

    Raises:
        KeyError: when a parameter has no value.
    """
    if not parameters:
        return sql

    def put(found: re.Match[str]) -> str:
        name = found["name"]
        return found[0] if name is None else literal(parameters[name])

    return _TOKEN.sub(put, sql)
