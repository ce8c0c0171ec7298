r"""What the text of a query says of itself: whether it is one query, and which tables it names.

It becomes a part of a larger statement, and whoever sends that to a database sends all of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_JINJA = re.compile(r"(?P<value>\{\{.*?\}\})|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# A comment in a comment ends with the inner one, whatever the engine says: what stands behind it
# is looked at in any case.
_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>[Ee]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag))
    |(?P<name>"(?:[^"]|"")+"|[^\W\d][\w$]*)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_BEGINS = ("SELECT", "WITH", "VALUES", "TABLE", "FROM", "PIVOT", "UNPIVOT")
_NONE = "there is no query in it"
# Within brackets, the word that changes rows and the one that has to stand behind it; for an UPDATE
# that is the name of a table, and SET behind that.
_CHANGES = {"DELETE": "FROM", "INSERT": "INTO", "MERGE": "INTO"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a text: where, what, and what was expected."""

    at: int
    what: str
    expected: str


def masked(template: str) -> str:
    """Return a template's text with a word in the place of every value, and nothing for the rest.

    Every character stays where it is.

    >>> masked("SELECT {{ one }}{# ; #} FROM t")
    'SELECT xxxxxxxxx        FROM t'
    """

    def stand_in(found: re.Match[str]) -> str:
        text = found[0]
        if found["value"]:
            return "".join("\n" if sign == "\n" else "x" for sign in text)
        return "".join("\n" if sign == "\n" else " " for sign in text)

    return _JINJA.sub(stand_in, template)


def _tokens(text: str) -> list[re.Match[str]]:
    return [found for found in _TOKEN.finditer(text) if found.lastgroup != "space"]


def template_fault(template: str) -> Fault | None:
    """Return why a template becomes no single query, as far as it says so itself, or None.

    >>> template_fault("{{ macro }}") is None
    True
    """
    fault = query_fault(masked(template))
    said = fault is None or not template.startswith("{{", fault.at)
    return fault if said and not (fault and fault.what == _NONE and "{%" in template) else None


def query_fault(text: str) -> Fault | None:
    """Return why a text is not one query, or None.

    Args:
        text: SQL, without Jinja.

    >>> query_fault("SELECT 1; DROP TABLE x")
    Fault(at=10, what="a second statement begins at 'DROP'", expected='one query')
    >>> query_fault("SELECT ';' -- ;") is None
    True
    """
    tokens = _tokens(text)
    words = [found[0].upper() for found in tokens]
    while words and words[-1] == ";":
        tokens.pop()
        words.pop()
    if not words:
        return Fault(0, _NONE, "SELECT ..")
    if ";" in words:
        behind = next(
            found
            for found, word in zip(tokens, words, strict=True)
            if word != ";" and found.start() > tokens[words.index(";")].start()
        )
        what = f"a second statement begins at '{_short(behind[0])}'"
        return Fault(behind.start(), what, "one query")
    first = next((at for at, word in enumerate(words) if word != "("), 0)
    if words[first] not in _BEGINS:
        what = f"'{_short(tokens[first][0])}' begins no query"
        return Fault(tokens[first].start(), what, "one query: SELECT .. or WITH ..")
    for at, word in enumerate(words[1:], start=1):
        if words[at - 1] == "(" and _changes(word, words[at + 1 :]):
            return Fault(tokens[at].start(), f"{word} changes rows", "a query, which only reads")
    return None


def _changes(word: str, rest: list[str]) -> bool:
    if word == "UPDATE":
        return "SET" in rest[1 : 1 + _NAME_AND_ALIAS]
    return word in _CHANGES and rest[:1] == [_CHANGES[word]]


# ONLY "s" . "t" * AS "a" SET
_NAME_AND_ALIAS = 7


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:20]}.."  # noqa: PLR2004 - enough to find it


def without_end(text: str) -> str:
    """Return one query without the semicolons at its end, which a comment may stand behind.

    >>> without_end("SELECT 1; -- Done.")
    'SELECT 1 -- Done.'
    """
    ends = {found.start() for found in _tokens(text) if found[0] == ";"}
    return "".join(sign for at, sign in enumerate(text) if at not in ends).strip()


def named_tables(text: str, schemas: Mapping[tuple[str, str], str]) -> Iterator[tuple[int, str]]:
    """Yield where a text names one of the tables with its schema, and the table's name.

    Args:
        text: SQL, without Jinja.
        schemas: the name of every table, by its schema and name in small letters.
    """
    tokens = _tokens(text)
    for schema, point, table in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if point[0] != "." or schema.lastgroup != "name" or table.lastgroup != "name":
            continue
        name = schemas.get((_folded(schema[0]), _folded(table[0])))
        if name is not None:
            yield schema.start(), name


def _folded(name: str) -> str:
    plain = name[1:-1].replace('""', '"') if name.startswith('"') else name
    return plain.casefold()
