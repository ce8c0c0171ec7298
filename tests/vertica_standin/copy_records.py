"""How the data of a COPY are cut into records and fields."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.vertica_standin.copy_statement import Copy

# A record as it stands in the data, and its fields.
Record = tuple[str, list[str | None]]


def records(copy: Copy, text: str, names: Sequence[str]) -> Iterator[Record]:
    """Yield the records of a text, the way the statement's parser reads them.

    Args:
        copy: the statement.
        text: the data of one source.
        names: the columns that are read, in the order of the statement.
    """
    if copy.is_flex:
        yield from _flex(copy, text, names)
    else:
        yield from _delimited(copy, text)


# ---------------------------------------------------------------- DELIMITED


def _delimited(copy: Copy, text: str) -> Iterator[Record]:
    delimiter = copy.texts.get("delimiter", "|")
    quote = copy.texts.get("enclosed", "")
    terminator = copy.texts.get("terminator", "\n")
    escape = "" if "noescape" in copy.flags else copy.texts.get("escape", "\\")
    null = copy.texts.get("null", "")
    if quote or (escape and escape in text):
        yield from _Scanner(text, delimiter, quote, terminator, escape, null).records()
        return
    parts = text.split(terminator)
    for part in parts[:-1] if parts[-1] == "" else parts:
        yield part, [None if item == null else item for item in part.split(delimiter)]


class _Scanner:
    """Character by character, where quotes or escapes may hide a delimiter."""

    def __init__(
        self, text: str, delimiter: str, quote: str, terminator: str, escape: str, null: str
    ) -> None:
        self._text = text
        self._delimiter = delimiter
        self._quote = quote
        self._terminator = terminator
        self._escape = escape
        self._null = null
        self._at = 0
        self._field: list[str] = []
        self._quoted = False
        self._inside = False

    def records(self) -> Iterator[Record]:
        while self._at < len(self._text):
            start, fields = self._at, []
            self._open()
            while self._at < len(self._text) and not self._ends():
                if not self._inside and self._text[self._at] == self._delimiter:
                    fields.append(self._value())
                    self._open()
                    self._at += 1
                else:
                    self._step()
            fields.append(self._value())
            yield self._text[start : self._at], fields
            self._at += len(self._terminator)

    def _open(self) -> None:
        self._field, self._quoted, self._inside = [], False, False

    def _value(self) -> str | None:
        value = "".join(self._field)
        return value if self._quoted or value != self._null else None

    def _ends(self) -> bool:
        return not self._inside and self._text.startswith(self._terminator, self._at)

    def _step(self) -> None:
        character = self._text[self._at]
        escaped = character == self._escape and character != self._quote
        if escaped and self._at + 1 < len(self._text):
            self._field.append(self._text[self._at + 1])
            self._at += 1
        elif self._inside and character == self._quote:
            self._inside = False
        elif self._quote and character == self._quote and not self._field and not self._quoted:
            self._inside = self._quoted = True
        else:
            self._field.append(character)
        self._at += 1


# ---------------------------------------------------------------- the flex parsers


def _flex(copy: Copy, text: str, names: Sequence[str]) -> Iterator[Record]:
    """Read with fcsvparser or fdelimitedparser: names of the header go to columns.

    Empty fields are NULL, in quotes or not; fields are trimmed unless the parser is told not to.
    """
    is_csv = copy.parser == "FCSVPARSER"
    delimiter = copy.arguments.get("delimiter", "," if is_csv else "|")
    traditional = copy.arguments.get("type", "rfc4180") == "traditional"
    quote = copy.arguments.get("enclosed_by", '"') or '"'
    escape = copy.arguments.get("escape", "\\" if traditional else quote)
    text, said = _ended(text, copy.arguments.get("record_terminator", ""))
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quotechar=quote,
        escapechar=escape if escape != quote else None,
        doublequote=escape == quote,
        quoting=csv.QUOTE_MINIMAL if is_csv else csv.QUOTE_NONE,
    )
    trim, null = copy.truth("trim", default=True), copy.texts.get("null", "")
    order: list[int] | None = None
    if not copy.truth("header", default=True):
        order = list(range(len(names)))
    for row in rows:
        fields = [item.translate(said) for item in row]
        fields = [item.strip() for item in fields] if trim else fields
        if order is None:
            head = [item.lower() for item in fields]
            order = [head.index(name.lower()) if name.lower() in head else -1 for name in names]
        elif row:
            found = [fields[at] if 0 <= at < len(fields) else null for at in order]
            yield delimiter.join(row), [None if item == null else item for item in found]


def _ended(text: str, terminator: str) -> tuple[str, dict[int, str]]:
    """Hide the line ends that end no record; return what they stand for, too."""
    if terminator == "\n":
        return text.replace("\r", "\ue000"), {0xE000: "\r"}
    if terminator == "\r\n":
        return re.sub(r"(?<!\r)\n", "\ue001", text), {0xE001: "\n"}
    return text, {}
