"""COPY, parsed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.vertica_standin.errors import VerticaError, not_emulated, syntax
from tests.vertica_standin.lexing import Token, lex, unquote
from tests.vertica_standin.names import table_named

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True)
class CopyColumn:
    """An item of the column list.

    Attributes:
        name: the column, or the name of a filler.
        filler: the type of a filler, which is read and not loaded.
        expression: the text behind AS, for a column that is computed.
    """

    name: str
    filler: str | None = None
    expression: str | None = None


@dataclass
class Copy:
    """A COPY statement.

    Attributes:
        local: whether the client has the data.
        stdin: whether they come over the connection.
        options: by the names in ``_FLAGS`` and ``_VALUED``.
        parser: its name in upper case.
        arguments: those of the parser.
    """

    table: exp.Table
    columns: list[CopyColumn] = field(default_factory=list)
    local: bool = False
    stdin: bool = False
    paths: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    rejected_table: exp.Table | None = None
    parser: str = "DELIMITED"
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def is_flex(self) -> bool:
        """Whether one of the flex parsers reads the data."""
        return self.parser != "DELIMITED"

    def truth(self, argument: str, *, default: bool) -> bool:
        """Return a boolean argument of the parser."""
        value = self.arguments.get(argument, str(default)).lower()
        return value in ("true", "t", "1", "yes")


_FLAGS = {
    ("ABORT", "ON", "ERROR"): "abort",
    ("ENFORCELENGTH",): "enforce",
    ("ERROR", "TOLERANCE"): "tolerance",
    ("NO", "ESCAPE"): "noescape",
    ("NO", "COMMIT"): "nocommit",
    ("TRAILING", "NULLCOLS"): "trailing",
    ("RETURNREJECTED",): "returnrejected",
    ("DIRECT",): "ignored",
    ("AUTO",): "ignored",
    ("TRICKLE",): "ignored",
    ("GZIP",): "gzip",
    ("UNCOMPRESSED",): "ignored",
}
_VALUED = {
    ("DELIMITER",): "delimiter",
    ("ENCLOSED",): "enclosed",
    ("ESCAPE",): "escape",
    ("NULL",): "null",
    ("RECORD", "TERMINATOR"): "terminator",
    ("SKIP", "BYTES"): "skipbytes",
    ("SKIP",): "skip",
    ("REJECTMAX",): "rejectmax",
    ("STREAM", "NAME"): "stream",
    ("EXCEPTIONS",): "exceptions",
    ("REJECTED", "DATA"): "rejfile",
    ("TRIM",): "trim",
}
_NOT_HERE = frozenset(
    {
        *("BZIP", "LZO", "ZSTD", "NATIVE", "FIXEDWIDTH", "ORC", "PARQUET", "COLUMN", "SOURCE"),
        "FILTER",
    }
)
_CSV_ARGUMENTS = frozenset(
    {
        *("type", "delimiter", "escape", "enclosed_by", "record_terminator", "header"),
        *("header_names", "trim", "omit_empty_keys", "reject_on_duplicate"),
        *("reject_on_empty_key", "reject_on_materialized_type_error", "trailing_nullcols"),
    }
)
_PARSERS = {
    "FCSVPARSER": _CSV_ARGUMENTS,
    "FDELIMITEDPARSER": _CSV_ARGUMENTS - {"type"} | {"treat_empty_val_as_null"},
}
# "The parameters for this format are fixed and cannot be changed": documentation of 9.2 to 24.2.
_RFC4180 = {
    "delimiter": (",",),
    "escape": ('"',),
    "enclosed_by": ('"',),
    "record_terminator": ("\n", "\r\n"),
}


def parse_copy(sql: str) -> Copy:
    """Parse a COPY statement.

    Raises:
        VerticaError: in Vertica's words.
    """
    parser = _Parser(sql)
    copy = Copy(parser.table(1))
    if parser.word() == "(":
        copy.columns = parser.columns()
    parser.expect("FROM")
    copy.local, copy.stdin = parser.took("LOCAL"), parser.took("STDIN")
    if not copy.stdin:
        parser.paths(copy)
    while not parser.is_done():
        if "nocommit" in copy.flags:
            raise syntax(parser.text(), "NO COMMIT is the last option")
        parser.option(copy)
    files = "rejfile" in copy.texts or "exceptions" in copy.texts
    if "returnrejected" in copy.flags and files:
        raise VerticaError(  # [?] code
            2758,
            "42601",
            "COPY LOCAL does not support rejected row numbers with exceptions "
            "or rejected data options",
        )
    return copy


class _Parser:
    def __init__(self, sql: str) -> None:
        self._sql = sql
        tokens = lex(sql)
        self._tokens = [token for token in tokens if token.kind != "hint" and token.text != ";"]
        self._at = 0

    def word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].word if at < len(self._tokens) else ""

    def text(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else "EOF"

    def is_done(self) -> bool:
        return self._at >= len(self._tokens)

    def took(self, *words: str) -> bool:
        fits = all(self.word(ahead) == word for ahead, word in enumerate(words))
        self._at += len(words) if fits else 0
        return fits

    def expect(self, word: str) -> None:
        if not self.took(word):
            raise syntax(self.text())

    def token(self, *kinds: str) -> Token:
        if self.is_done() or self._tokens[self._at].kind not in kinds:
            raise syntax(self.text())
        self._at += 1
        return self._tokens[self._at - 1]

    def table(self, skipped: int = 0) -> exp.Table:
        self._at += skipped
        first = last = self.token("word", "name")
        while self.took("."):
            last = self.token("word", "name")
        return table_named(self._sql[first.start : last.end])

    # ---------------------------------------------------------------- columns

    def columns(self) -> list[CopyColumn]:
        self.expect("(")
        found = [self._column()]
        while self.took(","):
            found.append(self._column())
        self.expect(")")
        return found

    def _column(self) -> CopyColumn:
        name = self.token("word", "name").text.strip('"')
        if self.took("FILLER"):
            return CopyColumn(name, filler=self._until_comma())
        if self.took("AS"):
            return CopyColumn(name, expression=self._until_comma())
        if self.word() == "FORMAT":
            raise not_emulated("COPY ... FORMAT")
        return CopyColumn(name)

    def _until_comma(self) -> str:
        start, depth = self._at, 0
        while depth or self.word() not in (",", ")"):
            if self.is_done():
                raise syntax("EOF")
            depth += {"(": 1, ")": -1}.get(self.word(), 0)
            self._at += 1
        if start == self._at:
            raise syntax(self.text())
        return self._sql[self._tokens[start].start : self._tokens[self._at - 1].end]

    # ---------------------------------------------------------------- sources and options

    def paths(self, copy: Copy) -> None:
        while True:
            copy.paths.append(unquote(self.token("str").text))
            if self.took("ON"):
                self.token("word", "name")
                self.took("NODE")
            if self.took("GZIP"):
                copy.flags.add("gzip")
            self.took("UNCOMPRESSED")
            if not self.took(","):
                return

    def option(self, copy: Copy) -> None:
        self.took("WITH")
        if self.word() in _NOT_HERE:
            raise not_emulated(f"COPY ... {self.word()}")
        if self.took("PARSER"):
            self._parser(copy)
            return
        if self.took("REJECTED", "DATA", "AS", "TABLE"):
            copy.rejected_table = self.table()
            return
        for words, name in _FLAGS.items():
            if self.took(*words):
                copy.flags.add(name)
                return
        for words, name in _VALUED.items():
            if self.took(*words):
                self._value(copy, name)
                return
        raise syntax(self.text())

    def _value(self, copy: Copy, name: str) -> None:
        if not self.took("AS"):
            self.took("BY")
        token = self.token("str", "num")
        if token.kind == "num":
            copy.numbers[name] = int(token.text)
        else:
            copy.texts[name] = unquote(token.text)

    def _parser(self, copy: Copy) -> None:
        copy.parser = self.token("word").word
        known = _PARSERS.get(copy.parser)
        if known is None:
            raise not_emulated(f"PARSER {copy.parser}")
        self.expect("(")
        while not self.took(")"):
            name = self.token("word").text.lower()
            self.expect("=")
            value = self.token("str", "word", "num")
            if name not in known:
                text = f'Parameter "{name}" is not one of {copy.parser.lower()}'
                raise VerticaError(5861, "22023", text)  # [?] code and text
            copy.arguments[name] = unquote(value.text) if value.kind == "str" else value.text
            self.took(",")
        if copy.parser == "FCSVPARSER":
            _check_format(copy.arguments)


def _check_format(arguments: dict[str, str]) -> None:
    if arguments.get("type", "rfc4180").lower() != "rfc4180":
        return
    for name, fixed in _RFC4180.items():
        if name in arguments and arguments[name] not in fixed:
            raise VerticaError(
                9999,
                "22023",
                f"stand-in: fcsvparser(type='rfc4180') has a fixed {name}; "
                "say type='traditional' for another",
            )
