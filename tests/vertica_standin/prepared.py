"""Prepared statements: Parse, Bind, Describe, Execute.

A parameter becomes an untyped literal, which both engines coerce as they would a parameter.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import duckdb

from tests.vertica_standin import queries
from tests.vertica_standin.duckdb_errors import from_duckdb
from tests.vertica_standin.errors import VerticaError
from tests.vertica_standin.lexing import lex, lit, split
from tests.vertica_standin.names import table_named
from tests.vertica_standin.results import INTEGER
from tests.vertica_standin.vtypes import VType, vtype

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.vertica_standin.session import Session
    from tests.vertica_standin.wire import Wire

_INSERT = re.compile(
    r"\s*INSERT\s+(?:/\*.*?\*/\s*)?INTO\s+([\w.\"]+)\s*(?:\(([^)]*)\)\s*)?VALUES\s*\((.*)\)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_OCTAL = re.compile(rb"\\(\d{3})")
_TEXT = vtype("VARCHAR(65000)")
_CHANGING = ("INSERT", "UPDATE", "DELETE", "MERGE")
_READING = ("SELECT", "WITH", "(")
_DEFINING = ("CREATE", "ALTER", "DROP", "TRUNCATE")


class Prepared:
    """The prepared statements of a connection.

    Args:
        session: whose statements they are.
        wire: where the answers go.
        run: runs a statement of which the columns have been described.
    """

    def __init__(self, session: Session, wire: Wire, run: Callable[[str], None]) -> None:
        self._session = session
        self._wire = wire
        self._run = run
        self._statements: dict[str, tuple[str, Sequence[VType]]] = {}
        self._portals: dict[bytes, str] = {}

    def message(self, kind: bytes, body: bytes) -> None:
        """Answer a message.

        Raises:
            VerticaError: what is wrong with the statement, or the message.
        """
        answer = {
            b"P": self._parse,
            b"B": self._bind,
            b"D": self._describe,
            b"E": self._execute,
            b"C": lambda _: self._wire.send(b"3"),
        }.get(kind)
        if answer is None:
            raise VerticaError(9998, "08P01", f"stand-in: unexpected message {kind!r}")
        answer(body)

    def _parse(self, body: bytes) -> None:
        name, query = (part.decode() for part in body.split(b"\0")[:2])
        statements = split(query)
        if len(statements) > 1:
            raise VerticaError(
                2451, "42601", "Cannot insert multiple commands into a prepared statement"
            )
        # A statement that is wrong is refused when it is described.
        self._statements[name] = statements[0] if statements else "", ()
        self._wire.send(b"1")

    def _bind(self, body: bytes) -> None:
        portal, rest = body.split(b"\0", 1)
        name, rest = rest.split(b"\0", 1)
        sql, types = self._statements[name.decode()]
        at = 2 + 2 * struct.unpack("!H", rest[:2])[0]
        count = struct.unpack("!H", rest[at : at + 2])[0]
        at += 2 + 4 * count
        values: list[bytes | None] = []
        for _ in range(count):
            size = struct.unpack("!i", rest[at : at + 4])[0]
            at += 4
            values.append(None if size < 0 else rest[at : at + size])
            at += max(size, 0)
        self._portals[portal] = _substituted(sql, values, types)
        self._wire.send(b"2")

    def _execute(self, body: bytes) -> None:
        self._run(self._portals[body.split(b"\0", 1)[0]])

    def _describe(self, body: bytes) -> None:
        name = body[1:-1].decode()
        sql = self._statements[name][0]
        types = self._placeholders(sql)
        self._statements[name] = sql, types
        tokens = lex(sql)
        head = tokens[0].word if tokens else ""
        trial = _substituted(sql, [None] * len(types), types)
        columns = self._columns(head, trial)
        self._wire.send(b"t", _parameters(types))
        if columns:
            self._wire.describe(columns)
        else:
            self._wire.send(b"n")
        self._wire.send(b"m", head.encode() + b"\0" + struct.pack("!H", 0) + b"\0")

    def _columns(self, head: str, sql: str) -> queries.Described | None:
        session = self._session
        if head in _DEFINING:
            session.parsed(sql)
        if head in _CHANGING:
            session.parsed(sql)
            return [("OUTPUT", INTEGER)]
        if head not in _READING:
            return None
        try:
            session.transaction.start()
            statement = session.parsed(sql)
            return queries.describe(session, statement.duckdb, statement.tree)
        except duckdb.Error as error:
            session.transaction.undo_statement()
            raise from_duckdb(error) from error

    def _placeholders(self, sql: str) -> list[VType]:
        """Return the types of the parameters: the columns' in INSERT .. VALUES, else text."""
        count = sum(token.text == "?" for token in lex(sql))
        found = _INSERT.match(sql)
        if count and found:
            self._session.transaction.start()
            table = self._session.names.table(table_named(found[1]))
            names = [column.name for column in table.columns]
            if found[2]:
                names = [part.strip().strip('"') for part in found[2].split(",")]
            values = found[3].split(",")
            known = [
                table.by_name[name.lower()].type if name.lower() in table.by_name else _TEXT
                for name, value in zip(names, values, strict=False)
                if "?" in value
            ]
            if len(known) == count:
                return known
        return [_TEXT] * count


def _parameters(types: Sequence[VType]) -> bytes:
    parts = [struct.pack("!BIiH", 0, known.oid, known.modifier, 0) for known in types]
    return (
        struct.pack("!H", len(types)) + (struct.pack("!I", 0) if types else b"") + b"".join(parts)
    )


def _substituted(sql: str, values: Sequence[bytes | None], types: Sequence[VType]) -> str:
    pairs = iter(zip(values, types, strict=True))
    parts: list[str] = []
    last = 0
    for token in lex(sql):
        if token.text == "?":
            value, known = next(pairs)
            parts += [sql[last : token.start], _literal(value, known)]
            last = token.end
    return "".join([*parts, sql[last:]])


def _literal(value: bytes | None, known: VType) -> str:
    if value is None:
        return "NULL"
    if known.kind == "bin":
        octets = _OCTAL.sub(lambda found: bytes((int(found[1], 8),)), value)
        return f"HEX_TO_BINARY('{octets.hex()}')"
    return lit(value.decode())
