"""Tokens, statements, literals and names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*(?!\+).*?\*/)
  | (?P<hint>/\*\+.*?\*/)
  | (?P<str>[eE]'(?:[^'\\]|\\.|'')*'|[uU]&'(?:[^']|'')*'|[xXbB]?'(?:[^']|'')*'|\$\$.*?\$\$)
  | (?P<name>"(?:[^"]|"")*")
  | (?P<num>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<op>::!?|\|\||<=>|<>|!=|<=|>=|.)
    """,
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(\d{3}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_CODE_LENGTH = 3
_CACHED = 4096


class Token(NamedTuple):
    """A token and its place."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The text in upper case."""
        return self.text.upper()


def lex(sql: str) -> list[Token]:
    """Return the tokens of a text, without space and comments; hints stay."""
    return list(tokens(sql))


def tokens(sql: str) -> Iterator[Token]:
    """Yield what `lex` returns, as far as it is asked for."""
    for found in _TOKEN.finditer(sql):
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found[0], found.start(), found.end())


@lru_cache(maxsize=_CACHED)
def split(sql: str) -> tuple[str, ...]:
    """Return the statements of a text that are kept apart by semicolons."""
    statements: list[str] = []
    start, filled = 0, False
    for kind, text, at, end in lex(sql):
        if kind == "op" and text == ";":
            if filled:
                statements.append(sql[start:at].strip())
            start, filled = end, False
        elif kind != "hint":
            filled = True
    return (*statements, sql[start:].strip()) if filled else tuple(statements)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == _CODE_LENGTH and code.isdigit():
        return chr(int(code, 8))
    if len(code) == _CODE_LENGTH:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)


def unquote(literal: str) -> str:
    """Return the value of a literal, ``'..'`` or ``E'..'``."""
    if literal[0] in "eE":
        return _ESCAPE.sub(_unescaped, literal[2:-1].replace("''", "'"))
    return literal[1:-1].replace("''", "'")


def lit(value: object) -> str:
    """Return a text as a literal."""
    return "'" + str(value).replace("'", "''") + "'"


def ident(name: str) -> str:
    """Return a name, quoted."""
    return '"' + name.replace('"', '""') + '"'
