"""How a CSV file is written, and the quoting rules as DuckDB's reader sees them.

The rules were found by trying every short text against the reader (strict mode):

- a quote opens quoting only as a field's first character, or after exactly one blank;
  anywhere else it is literal text;
- inside, the escape character takes the next byte with it; a doubled quote is one quote when
  the escape character is the quote itself;
- after the closing quote blanks may follow, and a quote after such blanks opens again if it is
  its own escape; any other text spoils the field (its record is rejected), and the next
  delimiter starts afresh.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dv_gen.errors import LandingError

_BREAKS = frozenset("\r\n")
_MAX_DELIMITER = 4


@dataclass(frozen=True)
class CsvFormat:
    """How a CSV file is written; the defaults are RFC 4180 with a header.

    Args:
        delimiter: 1 to 4 characters between two fields.
        quote: one ASCII character, or empty for files without quoting.
        escape: one ASCII character that protects a quote inside quotes, usually the quote
            itself; empty for none.
        header: whether the first line holds the column names.

    Raises:
        LandingError: a value that no reader could follow.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    header: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.delimiter) <= _MAX_DELIMITER or _BREAKS & set(self.delimiter):
            raise LandingError(
                f"{self.delimiter!r} cannot be a CSV delimiter.",
                hint=f"use 1 to {_MAX_DELIMITER} characters that are no line break",
            )
        for name, value in (("quote", self.quote), ("escape", self.escape)):
            if len(value) > 1 or not value.isascii() or value in _BREAKS:
                raise LandingError(
                    f"{value!r} cannot be a CSV {name} character.",
                    hint="use one ASCII character, or an empty text for none",
                )
        if self.quote and self.quote in self.delimiter:
            raise LandingError(f"{self.quote!r} is both CSV quote and part of the delimiter.")


class Quoting:
    """The quoting state machine of one format, a physical line at a time."""

    def __init__(self, fmt: CsvFormat) -> None:
        self.quote = fmt.quote.encode()
        self._delimiter = fmt.delimiter.encode()
        quote, escape = re.escape(self.quote), re.escape(fmt.escape.encode())
        if not fmt.quote:
            body = b"(?!)"
        elif fmt.escape == fmt.quote:
            body = b"(?:[^%b]++|%b%b)*+%b" % (quote, quote, quote, quote)
        elif fmt.escape:
            body = b"(?:[^%b%b]++|%b.)*+%b" % (quote, escape, escape, quote)
        else:
            body = b"[^%b]*+%b" % (quote, quote)
        reopens = fmt.escape == fmt.quote != ""
        again = b"(?: ++" + quote + body + b")*+" if reopens else b""
        self._close = re.compile(body + again, re.DOTALL)
        self._reopen = re.compile(b" ++" + quote if reopens else b"(?!)")
        self._open = re.compile(b" ?" + quote)

    def inside_after(self, line: bytes, *, inside: bool) -> bool:
        """Return whether a quoted field is open at the end of ``line``.

        Args:
            line: the bytes of one physical line, with or without its line break.
            inside: whether a quoted field is open at its beginning.
        """
        if not self.quote:
            return False
        if not inside and self.quote not in line:
            return False
        position = 0
        if not inside and (opened := self._open.match(line)):
            position, inside = opened.end(), True
        while True:
            if inside:
                closed = self._close.match(line, position)
                if closed is None:
                    return True
                position, inside = closed.end(), False
                if self._reopen.match(line, position):
                    return True
            position = line.find(self._delimiter, position)
            if position < 0 or line.find(self.quote, position) < 0:
                return False
            position += len(self._delimiter)
            if opened := self._open.match(line, position):
                position, inside = opened.end(), True

    def stays_inside(self, line: bytes) -> bool:
        """Return whether a field open at the beginning of ``line`` is still the one at its end."""
        return self._close.match(line) is None
