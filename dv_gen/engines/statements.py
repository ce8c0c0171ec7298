"""What a statement's text says of itself: its kind, what it makes, which tables it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_BEFORE = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
_NAME = r'"(?:[^"]|"")+"'
_CREATE = re.compile(
    rf"""CREATE\s+(?:OR\s+REPLACE\s+)?(?P<kind>(?:(?:LOCAL|GLOBAL)\s+)?(?P<temporary>TEMP(?:ORARY)?\s+)?
    (?:TABLE|VIEW))\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>{_NAME}(?:\.{_NAME})?)
    (?P<rest>[^("]*?\bAS\s*\n)?""",
    re.VERBOSE | re.IGNORECASE,
)
_RENAME = re.compile(
    rf"ALTER\s+TABLE\s+(?P<schema>{_NAME})\.{_NAME}\s+RENAME\s+TO\s+(?P<name>{_NAME})",
    re.IGNORECASE,
)
# Literals and comments name nothing.
_TOKEN = re.compile(
    rf"""'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|(?P<schema>{_NAME})\.(?P<table>{_NAME})|(?P<alone>{_NAME})""",
    re.DOTALL,
)
# How a distributed table is laid out stands behind the query that fills it.
_LAYOUT = re.compile(r"\n(?:SEGMENTED BY|UNSEGMENTED)\b[^\n]*\s*\Z")
_DEFINITIONS = ("CREATE", "DROP", "ALTER", "TRUNCATE", "COMMENT", "GRANT")
_SETTINGS = ("SET", "RESET", "BEGIN", "START", "COMMIT", "ROLLBACK")


@dataclass(frozen=True)
class SqlText:
    """One statement as it stands in a rendered file."""

    text: str

    @cached_property
    def body(self) -> str:
        r"""The statement without what stands before its first word, and without its semicolon.

        >>> SqlText("-- Why.\nSELECT 1;").body
        'SELECT 1'
        """
        found = _BEFORE.match(self.text)
        body = self.text[found.end() :] if found else self.text
        return body.rstrip().removesuffix(";").rstrip()

    @cached_property
    def word(self) -> str:
        """The word that says what it does; a query is a SELECT, however it begins.

        >>> SqlText('WITH "a" AS (SELECT 1) SELECT 2').word
        'SELECT'
        """
        found = re.match(r"[A-Za-z]+", self.body)
        word = found[0].upper() if found else ""
        return "SELECT" if word in ("WITH", "") else word

    @cached_property
    def _create(self) -> re.Match[str] | None:
        return _CREATE.match(self.body)

    @cached_property
    def is_temporary(self) -> bool:
        """Whether it makes a table that this session alone sees."""
        return self._create is not None and self._create["temporary"] is not None

    @cached_property
    def is_view(self) -> bool:
        """Whether it makes a view."""
        return self._create is not None and self._create["kind"].upper().endswith("VIEW")

    @cached_property
    def makes(self) -> str:
        """The quoted name of the table or view that stands when it is done, or an empty string."""
        if self._create is not None:
            return self._create["name"]
        renamed = _RENAME.match(self.body)
        return f"{renamed['schema']}.{renamed['name']}" if renamed else ""

    @cached_property
    def query(self) -> str:
        r"""The query whose rows fill the table, or that the view stands for; or an empty string.

        >>> SqlText('CREATE VIEW "s"."v" AS\nSELECT 1').query
        'SELECT 1'
        """
        if self._create is None or self._create["rest"] is None:
            return ""
        query = self.body[self._create.end() :]
        layout = None if self.is_view else _LAYOUT.search(query)
        return query[: layout.start()] if layout else query

    @cached_property
    def made_empty(self) -> str:
        """The statement, but that the table which it makes gets no row."""
        if not self.query:
            return self.body
        start = self._create.end() if self._create else 0
        tail = self.body[start + len(self.query) :]
        return f'{self.body[:start]}SELECT *\nFROM (\n{self.query}\n) AS "none"\nWHERE 1 = 0{tail}'

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The quoted names of all that may be a table with its schema.

        >>> SqlText('''SELECT '"a"."b"' FROM "s"."t" AS t''').tables
        ('"s"."t"',)
        """
        found = (f"{it['schema']}.{it['table']}" for it in self._tokens if it["schema"])
        return tuple(dict.fromkeys(found))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The quoted names that stand alone: columns, aliases, and tables of this session."""
        return tuple(dict.fromkeys(it["alone"] for it in self._tokens if it["alone"]))

    @cached_property
    def _tokens(self) -> list[re.Match[str]]:
        return list(_TOKEN.finditer(self.body))

    @cached_property
    def is_definition(self) -> bool:
        """Whether it makes, changes or drops a table, and touches no row of a table that stays."""
        return self.word in _DEFINITIONS

    def calls(self, functions: tuple[str, ...]) -> bool:
        """Tell whether it is a call of one of these functions and nothing else."""
        found = re.match(r'SELECT\s+(?:"[^"]+"\.)?"?(\w+)"?\s*\(', self.body, re.IGNORECASE)
        return found is not None and found[1].upper() in functions

    @cached_property
    def sort(self) -> str:
        """What it is, for people, where it is no query and loads no rows from queries."""
        if self.word in _DEFINITIONS:
            return "DDL"
        if self.word in _SETTINGS:
            return "session setting"
        return {"COPY": "bulk load", "ANALYZE": "statistics"}.get(self.word, self.word)
