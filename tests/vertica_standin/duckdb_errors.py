"""What Vertica would say where DuckDB said something."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.vertica_standin.errors import (
    VerticaError,
    exists_already,
    no_column,
    no_function,
    no_relation,
    no_schema,
    not_emulated,
    syntax,
)
from tests.vertica_standin.vocabulary import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.vertica_standin.vtypes import VType

_TYPES = {"INT64": "integer", "INT32": "integer", "BOOL": "boolean", "DOUBLE": "float"}


def _late(code: int, sqlstate: str, message: str) -> VerticaError:
    return VerticaError(code, sqlstate, message, late=True)


def _first(found: re.Match[str]) -> str:
    return next((text for text in found.groups() if text), "")


def too_long(column: VType, name: str) -> str:
    """What DuckDB is to say of a value that does not fit, before the number of its octets."""
    return f"VSTAND|{column.length or 0}|{column.sized}|{name}|"


def _too_long(found: re.Match[str]) -> VerticaError:
    width, name, column, octets = found.groups()
    place = f" for column {column}" if column else ""
    return _late(
        8682 if column else 4800,
        "22001",
        f"String of {octets} octets is too long for type {name}({width}){place}",
    )


def _unknown_function(found: re.Match[str]) -> VerticaError:
    arguments = (found[2] or "").replace("_LITERAL", "").lower()
    return no_function(f"{found[1].upper()}({arguments})")


def _missing_function(found: re.Match[str]) -> VerticaError:
    name = found[1].upper()
    return not_emulated(f"{name}()") if name in FUNCTIONS else _unknown_function(found)


def _duplicate(found: re.Match[str]) -> VerticaError:
    key = found[1].replace(": ", "=")
    return _late(6745, "23505", f"Duplicate key values: '{key}' -- violates an enabled constraint")


def _values(found: re.Match[str]) -> VerticaError:
    more = "more" if int(found[2]) > int(found[1]) else "fewer"
    return VerticaError(3480, "42601", f"INSERT has {more} expressions than target columns")  # [?]


# What stands in DuckDB's message, and what Vertica would have said; the first that fits.
_MESSAGES: Sequence[tuple[str, Callable[[re.Match[str]], VerticaError]]] = (
    (r"VSTAND\|(\d+)\|([^|]+)\|([^|\n]*)\|(\d+)", _too_long),
    (
        r"VCAST\|([^|]+)\|([^|\n]*)",
        lambda found: _late(3681, "22V02", f'Invalid input syntax for {found[1]}: "{found[2]}"'),
    ),
    (
        r'because schema "?(\w+)"? does not exist|Schema with name "?(\w+)"? does not exist',
        lambda found: no_schema(_first(found)),
    ),
    (
        r'(?:Table|View|Sequence)\w* with name "?([\w.]+)"? does not exist',
        lambda found: no_relation(found[1]),
    ),
    (
        r'with name "([^"]+)" already exists|Column with name (\w+) already exists',
        lambda found: exists_already(_first(found)),
    ),
    (
        r"\AInvalid Input Error: (USER GENERATED ERROR[^\n]*)",
        lambda found: _late(7137, "V0003", found[1]),  # [?] code
    ),
    ("Division by zero", lambda _: _late(3117, "22012", "Division by zero")),
    (
        r'[Cc]olumn "?([\w.]+)"? (?:not found|was not found|does not exist|does not have)',
        lambda found: no_column(found[1]),
    ),
    (
        r'does not have a column (?:named|with name) "?(\w+)"?',
        lambda found: no_column(found[1]),
    ),
    (r'Referenced table "(\w+)" not found', lambda found: no_column(found[1])),
    (
        r"No function matches the given name and argument types '(\w+)\(([^)]*)\)'",
        _unknown_function,
    ),
    (r"(?:Function|Macro) with name (\w+)() does not exist", _missing_function),
    (
        r"NOT NULL constraint failed: \w+\.(\w+)",
        lambda found: _late(
            2502,
            "22004",
            f"Cannot set a NOT NULL column ({found[1]}) to a NULL value in INSERT/UPDATE statement",
        ),
    ),
    (r'[Dd]uplicate key "([^"]*)"', _duplicate),
    (
        r"CHECK constraint failed.*'partition key' IS NOT NULL",
        lambda _: _late(4117, "22004", "Partition key must not be NULL"),  # [?] code and text
    ),
    (
        r"CHECK constraint failed.*expression ([^\n]*)",
        lambda found: _late(7230, "23514", f"Check constraint violated: {found[1]}"),
    ),
    (
        r"Could not convert string '([^']*)' to (\w+)",
        lambda found: _late(
            3681,
            "22V02",
            f'Invalid input syntax for {_TYPES.get(found[2], found[2].lower())}: "{found[1]}"',
        ),
    ),
    (
        r'(?:date|timestamp|time) field (?:value out of range|format): "([^"]*)"',
        lambda found: _late(
            3679, "22007", f'Invalid input syntax for timestamp: "{found[1]}"'
        ),  # [?] code
    ),
    (
        r"\AOut of Range Error|value is out of range for the destination type",
        lambda _: _late(5408, "22003", "Value exceeds range of type"),  # [?] code
    ),
    (
        r'column "(\w+)" must appear in the GROUP BY|must appear in the GROUP BY',
        lambda found: VerticaError(
            2640,
            "42803",
            f'Column "{found[1] or "?"}" must appear in the GROUP BY clause '
            "or be used in an aggregate function",
        ),
    ),
    (r"has (\d+) columns? but (\d+) values", _values),
    (
        r'Ambiguous reference[^"]*("\w+")?',
        lambda found: VerticaError(2671, "42702", f"Column reference {found[1]} is ambiguous"),
    ),
    (
        r"Cannot compare values of type (\w+) and (?:type )?(\w+)",
        lambda found: VerticaError(
            4286, "42883", f"Operator does not exist: {found[1].lower()} = {found[2].lower()}"
        ),
    ),
    (
        r"\AINTERRUPT Error",
        lambda _: VerticaError(3322, "57014", "Execution canceled by operator"),
    ),
    (
        r"\ATransactionContext Error.*onflict",
        lambda _: VerticaError(
            3007, "V2001", "DDL statement interfered with this statement", "ROLLBACK"
        ),
    ),
    (r'\AParser Error.*syntax error at or near "([^"]*)"', lambda found: syntax(found[1])),
)
_COMPILED = [(re.compile(pattern, re.DOTALL), answer) for pattern, answer in _MESSAGES]


def from_duckdb(error: Exception, *, ddl: bool = False) -> VerticaError:
    """Return the error that Vertica would have sent for one of DuckDB's."""
    message = str(error)
    for pattern, answer in _COMPILED:
        if found := pattern.search(message):
            answered = answer(found)
            if ddl and answered.sqlstate in ("3F000", "42V01"):
                answered.severity = "ROLLBACK"
            return answered
    first = message.splitlines()[0] if message else ""
    return VerticaError(9998, "XX000", f"stand-in: {type(error).__name__}: {first}")
