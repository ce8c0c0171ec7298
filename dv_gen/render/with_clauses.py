"""A statement's WITH queries, as far as its text tells: their names, their text, what they read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


def _any_case(*words: str) -> str:
    """Return a pattern of words; searched for faster than with a flag."""
    letters = ("".join(f"[{letter}{letter.lower()}]" for letter in word) for word in words)
    return f"(?:{'|'.join(letters)})"


_STRING = r"""[Ee]'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'|'[^']*+(?:''[^']*+)*+'"""
_COMMENT = r"--[^\n]*|/\*.*?\*/"
_PLAIN_NAME = r'"[^"]*+(?:""[^"]*+)*+"'
_NAME = rf"{_PLAIN_NAME}(?:\.{_PLAIN_NAME})*+"
_BLANK = rf"(?:\s|{_COMMENT})*"
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<name>{_NAME})|(?P<string>{_STRING})|(?P<word>\w+)"
    rf"|(?P<comment>{_COMMENT})|(?P<sign>.)",
    re.DOTALL,
)
# Words that end the list of tables behind FROM, and others that can stand behind a table. Any
# other word there is its alias.
_END_TABLES = {
    *("WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "INTERSECT", "EXCEPT"),
    *("MINUS", "WINDOW", "TIMESERIES", "MATCH"),
}
_JOIN_TABLES = {"ON", "USING", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL"}
# Most of a statement is of no consequence here, and is passed over in stretches: words but those
# that tell where tables are read, strings and signs; brackets in which no table is read; and, where
# a comma does not come before a table, lists of all that.
_LISTS_NO_TABLES = _any_case("SELECT", *sorted(_END_TABLES))
_TELLS = (
    rf"(?:{_LISTS_NO_TABLES}|{_any_case('WITH', 'FROM', 'JOIN', 'DISTINCT')}|[Aa][Ss](?=\s*\())\b"
)
_SIGNS = rf"\s++|{_STRING}|[^\w\s\"'(),/-]++|/(?!\*)|-(?!-)"
_WORDS = rf"(?!{_TELLS})\w++"
_INSIDE = rf"(?!{_any_case('SELECT', 'FROM', 'JOIN')}\b)\w++"
_BRACKETS = r"\(\)"
for _ in range(4):
    _BRACKETS = rf"\((?:{_NAME}|,|{_SIGNS}|{_BRACKETS}|{_INSIDE})*+\)"
_REST = rf"(?:{_NAME}|{_SIGNS}|{_BRACKETS}|{_WORDS})*+"
_LIST = rf"(?:{_NAME}|,|{_SIGNS}|{_BRACKETS}|{_WORDS})*+"
_STRETCH = re.compile(
    rf"(?:(?P<name>{_NAME})|(?P<sign>[),])|(?P<comment>{_COMMENT})"
    rf"|(?:(?P<word>{_LISTS_NO_TABLES}\b)|(?P<open>\()){_LIST}"
    rf"|(?P<tells>{_TELLS})|(?P<plain>{_SIGNS}|{_WORDS}){_REST}|(?P<other>.))\s*+",
    re.DOTALL,
)
_INDENTED = re.compile(rf"{_STRING}|{_NAME}|{_COMMENT}|\n(?P<margin>  )", re.DOTALL)
_LINE_END = re.compile(rf"{_STRING}|{_NAME}|{_COMMENT}|(?P<end>\n)(?!\n)", re.DOTALL)
_TESTED = re.compile(rf"\b(?:IN|EXISTS){_BLANK}\({_BLANK}SELECT\b", re.DOTALL | re.IGNORECASE)
_BEHIND = re.compile(rf"{_BLANK}(?P<next>\w+|\")?", re.DOTALL)
_FILLS = re.compile(rf"{_BLANK}(?:INSERT\b|CREATE\s+(?:LOCAL\s+)?TEMPORARY\s+TABLE\b)", re.DOTALL)
_CHANGES = re.compile(
    rf"{_BLANK}(?:INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|TRUNCATE)\b[^\"]*(?P<name>{_NAME})",
    re.DOTALL,
)
_INSERTS = re.compile(rf"{_BLANK}INSERT\b", re.DOTALL)
_DEFINES = re.compile(rf"{_BLANK}(?:(?:CREATE|DROP|ALTER)\b|\Z)", re.DOTALL)
_GIVEN = re.compile(rf"(?P<name>{_NAME}|\w+){_BLANK}\bAS{_BLANK}\(", re.DOTALL | re.IGNORECASE)


class Read(NamedTuple):
    """A table that a query reads: its place in the text, and its name, with its schema if any."""

    start: int
    end: int
    name: str


class _Token(NamedTuple):
    """A token that stands in no brackets; what is in brackets is one."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Query:
    """A query's text and the tables that it reads, WITH queries among them."""

    text: str
    reads: tuple[Read, ...]

    @cached_property
    def plain(self) -> str:
        """The text, but for its comments and how it is broken into lines."""
        found = (
            it for it in _TOKEN.finditer(self.text) if it.lastgroup not in ("space", "comment")
        )
        return " ".join(it[0] for it in found)

    def renamed(self, tables: Mapping[str, str], bodies: Mapping[str, str] | None = None) -> str:
        """Return the text with tables, or subqueries, in the place of WITH queries.

        Args:
            tables: the quoted name of each table, by the folded name of the WITH query.
            bodies: the text of each subquery, likewise.
        """
        parts, at = [], 0
        for start, end, name in self.reads:
            table, body = tables.get(folded(name)), (bodies or {}).get(folded(name))
            if table:
                # Columns that say which query they are of go on saying so.
                said = not self._has_alias(end) and self._qualifies(name)
                parts += [self.text[at:start], table, f" AS {name}" if said else ""]
                at = end
            elif body is not None:
                line = self.text[self.text.rfind("\n", 0, start) + 1 : start]
                margin = " " * (len(line) - len(line.lstrip()))
                alias = "" if self._has_alias(end) else f" AS {name}"
                bracket = f"(\n{indented(body, margin + '  ')}\n{margin}){alias}"
                parts += [self.text[at:start], bracket]
                at = end
        return "".join([*parts, self.text[at:]])

    @cached_property
    def has_tests(self) -> bool:
        """Whether it has a condition that reads a query: IN (SELECT ..), EXISTS (..)."""
        return _TESTED.search(self.text) is not None

    @cached_property
    def tested(self) -> frozenset[str]:
        """The folded names of the tables that a condition reads: IN (SELECT ..), EXISTS (..)."""
        spans = [
            (found.start(), _closing(self.text, found)) for found in _TESTED.finditer(self.text)
        ]
        return frozenset(
            folded(read.name)
            for read in self.reads
            if any(start < read.start < end for start, end in spans)
        )

    def _qualifies(self, name: str) -> bool:
        plain = re.escape(name[1:-1])
        return re.search(rf'("|\b){plain}("|\b)\.', self.text, re.IGNORECASE) is not None

    def _has_alias(self, end: int) -> bool:
        found = _BEHIND.match(self.text, end)
        following = found["next"] if found else None
        return following is not None and following.upper() not in _END_TABLES | _JOIN_TABLES


@dataclass(frozen=True)
class Clause:
    """One WITH query: its quoted name, the comments before it, what is in its brackets."""

    name: str
    comment: str
    query: Query


@dataclass(frozen=True)
class WithStatement:
    """A statement that fills a table: what stands before WITH, its WITH queries, and its query."""

    head: str
    clauses: tuple[Clause, ...]
    main: Query


def folded(name: str) -> str:
    """Return a name as engines compare it that take no notice of case, even in quotes.

    >>> folded('"Vault"."Stored"')
    '"vault"."stored"'
    """
    return name.casefold()


def read_with(text: str) -> WithStatement | None:
    """Return a statement taken apart, or None where it has no WITH queries that could be tables.

    That is a view's, which has to be one statement; one whose names are hidden by a WITH inside;
    and one that is written otherwise than ours.

    Args:
        text: the statement without its semicolon.
    """
    if "WITH" not in text or not _FILLS.match(text):
        return None
    scanner = _Scanner()
    for token in _STRETCH.finditer(text):
        kind = token.lastgroup or ""
        scanner.take(kind, token[kind], *token.span(kind))
    reads, top = scanner.reads, scanner.top
    at = next((at for at, token in enumerate(top) if token.text == "WITH"), len(top))
    clauses: list[Clause] = []
    ends = at
    while ends == at or (ends < len(top) and top[ends].text == ","):
        named = _past_comments(top, ends + 1)
        parts = top[named : named + 3]
        if [part.kind for part in parts] != ["name", "word", "brackets"] or parts[1].text != "AS":
            return None
        comment = "\n".join(token.text for token in top[ends + 1 : named])
        query = _cut(text, parts[2].start + 1, parts[2].end - 1, reads)
        clauses.append(Clause(parts[0].text, comment, query))
        ends = _past_comments(top, named + 3)
        behind = parts[2].end
    main = _cut(text, behind + len(text[behind:]) - len(text[behind:].lstrip()), len(text), reads)
    names = {folded(clause.name) for clause in clauses}
    if len(names) < len(clauses) or (text.count("WITH") > 1 and names & _hidden(clauses, main)):
        return None
    return WithStatement(text[: top[at].start], tuple(clauses), main)


def changed(text: str) -> str:
    """Return the table that a statement makes, drops or changes, or an empty string.

    >>> changed('INSERT INTO "vault"."h" ("k") SELECT 1')
    '"vault"."h"'
    """
    found = _CHANGES.match(text)
    return found["name"] if found else ""


def inserts(text: str) -> bool:
    """Tell whether a statement is an INSERT."""
    return _INSERTS.match(text) is not None


def defines(text: str) -> bool:
    """Tell whether a statement makes or drops something, and touches no row of what stays."""
    return _DEFINES.match(text) is not None


def dedented(text: str) -> str:
    """Return a query moved to the left by one step; literals of several lines stay as they are."""
    return _INDENTED.sub(lambda found: "\n" if found["margin"] else found[0], text)


def indented(text: str, margin: str) -> str:
    """Return a query moved to the right by a margin; literals of several lines stay as they are."""
    return margin + _LINE_END.sub(lambda found: f"\n{margin}" if found["end"] else found[0], text)


def _closing(text: str, opened: re.Match[str]) -> int:
    """Return where the bracket of a condition's query closes."""
    depth = 0
    for token in _TOKEN.finditer(text, text.index("(", opened.start())):
        depth += (token[0] == "(") - (token[0] == ")")
        if not depth:
            return token.end()
    return len(text)


class _Bracket:
    """An open bracket: where it opened, whether it selects, and is among its tables."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.selects = False
        self.lists = False


class _Scanner:
    """Finds the tables that a text reads, and what stands in no brackets."""

    def __init__(self) -> None:
        self.reads: list[Read] = []
        self.top: list[_Token] = []
        self._open = [_Bracket(-1)]
        # Whether a table comes next, and the word or sign before.
        self._expected = False
        self._before = ""

    def take(self, kind: str, text: str, start: int, end: int) -> None:
        """Take the next token, if it is no white space."""
        was_expected, self._expected = self._expected, False
        if kind in ("word", "tells"):
            kind, text = "word", text.upper()
            self._take_word(text)
        elif kind == "name" and was_expected:
            self.reads.append(Read(start, end, text))
        elif text == "(":
            self._open.append(_Bracket(start))
        elif text == ")" and len(self._open) > 1:
            kind, text, start = "brackets", "()", self._open.pop().start
        elif text == ",":
            self._expected = self._open[-1].lists
        elif kind == "comment":
            self._expected = was_expected
        if kind != "comment":
            self._before = text
        if len(self._open) == 1:
            self.top.append(_Token(kind, text, start, end))

    def _take_word(self, word: str) -> None:
        here = self._open[-1]
        if word == "SELECT":
            here.selects, here.lists = True, False
        elif word in ("FROM", "JOIN") and here.selects and self._before != "DISTINCT":
            # EXTRACT(.. FROM ..) selects nothing, and IS DISTINCT FROM compares.
            here.lists = self._expected = True
        elif word in _END_TABLES:
            here.lists = False


def _past_comments(top: list[_Token], at: int) -> int:
    while at < len(top) and top[at].kind == "comment":
        at += 1
    return at


def _cut(text: str, start: int, end: int, reads: list[Read]) -> Query:
    inside = (Read(a - start, b - start, name) for a, b, name in reads if start <= a and b <= end)
    return Query(text[start:end], tuple(inside))


def _hidden(clauses: list[Clause], main: Query) -> set[str]:
    """Return the names that a WITH inside a query may give."""
    texts = [main.text, *(clause.query.text for clause in clauses)]
    inside = [text for text in texts if re.search(r"\bWITH\b", text, re.IGNORECASE)]
    names = (found["name"] for text in inside for found in _GIVEN.finditer(text))
    return {folded(name if name.startswith('"') else f'"{name}"') for name in names}
