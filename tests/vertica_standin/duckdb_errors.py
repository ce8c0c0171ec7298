"""What Vertica would say where DuckDB said something."""

from __future__ import annotations

import re

from tests.vertica_standin.errors import VError, no_function, syntax


def from_duckdb(e, ddl=False):
    """Map a DuckDB exception to what Vertica would say."""
    m, kind = str(e), type(e).__name__
    sev = "ROLLBACK" if ddl else "ERROR"
    g = lambda p: re.search(p, m)
    if x := g(r"VSTAND\|(\d+)\|(\d+)\|([^|]+)\|([^|\n]*)"):
        n, cap, ty, col = x.groups()
        return VError(
            8682 if col else 4800,
            "22001",
            f"String of {n} octets is too long for type {ty}({cap})"
            + (f" for column {col}" if col else ""),
            late=True,
        )
    if x := g(r'because schema "?(\w+)"? does not exist|Schema with name "?(\w+)"? does not exist'):
        return VError(4650, "3F000", f'Schema "{x[1] or x[2]}" does not exist', sev)
    if x := g(r'(?:Table|View|Sequence)\w* with name "?([\w.]+)"? does not exist'):
        return VError(4566, "42V01", f'Relation "{x[1]}" does not exist', sev)
    if x := g(r'with name "([^"]+)" already exists|Column with name (\w+) already exists'):
        return VError(4213, "42710", f'Object "{x[1] or x[2]}" already exists', "ROLLBACK")
    if m.startswith("Invalid Input Error: USER GENERATED ERROR"):
        return VError(7137, "V0003", m[21:].split("\n")[0], late=True)  # [?] code
    if "Division by zero" in m:
        return VError(3117, "22012", "Division by zero", late=True)
    if (
        x := g(r'[Cc]olumn "?([\w.]+)"? (?:not found|was not found|does not exist|does not have)')
        or g(r'does not have a column (?:named|with name) "?(\w+)"?')
        or g(r'Referenced table "(\w+)" not found')
    ):
        return VError(2624, "42703", f'Column "{x[1]}" does not exist')
    if x := g(r"No function matches the given name and argument types '(\w+)\(([^)]*)\)'") or g(
        r"(?:Function|Macro) with name (\w+)() does not exist"
    ):
        return no_function(f"{x[1].upper()}({x[2].replace('_LITERAL', '').lower()})")
    if x := g(r"NOT NULL constraint failed: \w+\.(\w+)"):
        return VError(
            2502,
            "22004",
            f"Cannot set a NOT NULL column ({x[1]}) to a NULL value in INSERT/UPDATE statement",
            late=True,
        )
    if x := g(r'[Dd]uplicate key "([^"]*)"'):
        return VError(
            6745,
            "23505",
            f"Duplicate key values: '{x[1].replace(': ', '=')}' -- violates an enabled constraint",
            late=True,
        )
    if g("CHECK constraint failed"):
        return VError(
            7230,
            "23514",
            "Check constraint violated: " + m.split("expression ")[-1].split("\n")[0],
            late=True,
        )
    if x := g(r"Could not convert string '([^']*)' to (\w+)"):
        ty = {"INT64": "integer", "INT32": "integer", "BOOL": "boolean", "DOUBLE": "float"}.get(
            x[2], x[2].lower()
        )
        return VError(3681, "22V02", f'Invalid input syntax for {ty}: "{x[1]}"', late=True)
    if x := g(
        r'(?:date|timestamp|time) field value out of range: "([^"]*)"|invalid (?:date|timestamp|time) field format: "([^"]*)"'
    ):
        return VError(
            3679, "22007", f'Invalid input syntax for timestamp: "{x[1] or x[2]}"', late=True
        )  # [?] code
    if kind == "OutOfRangeException":
        return VError(5408, "22003", "Value exceeds range of type", late=True)  # [?] code
    if "must appear in the GROUP BY" in m:
        col = (g(r'column "(\w+)"') or [0, "?"])[1]
        return VError(
            2640,
            "42803",
            f'Column "{col}" must appear in the GROUP BY clause or be used in an aggregate function',
        )
    if x := g(r"has (\d+) columns? but (\d+) values"):
        return VError(
            3480,
            "42601",
            f"INSERT has {'more' if int(x[2]) > int(x[1]) else 'fewer'} expressions than target columns",
        )  # [?]
    if "Ambiguous reference" in m:
        return VError(
            2671, "42702", "Column reference " + (g(r'"(\w+)"') or [0])[0] + " is ambiguous"
        )
    if x := g(r"Cannot compare values of type (\w+) and (?:type )?(\w+)"):
        return VError(4286, "42883", f"Operator does not exist: {x[1].lower()} = {x[2].lower()}")
    if kind == "InterruptException":
        return VError(3322, "57014", "Execution canceled by operator")
    if "onflict" in m and kind == "TransactionException":
        return VError(3007, "V2001", "DDL statement interfered with this statement", "ROLLBACK")
    if kind == "ParserException" and (x := g(r'syntax error at or near "([^"]*)"')):
        return syntax(x[1])
    return VError(9998, "XX000", f"stand-in: {kind}: {m.splitlines()[0]}")
