"""The fields of records as bytes, for engines to which the client sends them: fast, and strict.

What the quoting rules of `csv_format` call a spoiled field spoils its record here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dv_gen.landing.csv_format import CsvFormat

SPOILED = "text behind the closing quote of a value"


class Splitter:
    """Splits the records of one format.

    Args:
        fmt: how the file is written.
        nulls: the unquoted texts that stand for NULL.
    """

    def __init__(self, fmt: CsvFormat, nulls: tuple[str, ...]) -> None:
        self.delimiter = fmt.delimiter.encode()
        self.quote = fmt.quote.encode()
        self._nulls = frozenset(text.encode() for text in nulls)
        self._unescape = _unescaper(fmt)
        escape = fmt.escape.encode()
        self._escaped = escape + self.quote if escape == self.quote else escape
        if not self.quote:
            return
        quote, escape = re.escape(self.quote), re.escape(fmt.escape.encode())
        delimiter = re.escape(self.delimiter)
        if fmt.escape == fmt.quote:
            body = b"(?:[^%b]++|%b%b)*+" % (quote, quote, quote)
        elif fmt.escape:
            body = b"(?:[^%b%b]++|%b.)*+" % (quote, escape, escape)
        else:
            body = b"[^%b]*+" % quote
        blank = b"" if fmt.delimiter == " " else b" ?"
        quoted = b"%b(?=%b)(%b%b%b)%b(?=%b|\\Z)" % (
            *(blank, quote, quote, body, quote),
            *(b"" if fmt.delimiter == " " else b" *?", delimiter),
        )
        plain = b"(?!%b%b)((?:(?!%b).)*+)" % (blank, quote, delimiter)
        field = b"(?:%b|%b)" % (quoted, plain)
        self._fields = re.compile(b"(?:\\A|%b)%b" % (delimiter, field), re.DOTALL)
        whole = field.replace(b"(%b%b" % (quote, body), b"(?:%b%b" % (quote, body), 1)
        whole = whole.replace(b"((?:(?!", b"(?:(?:(?!", 1)
        self._whole = re.compile(b"%b(?:%b%b)*+\\Z" % (whole, delimiter, whole), re.DOTALL)

    def is_whole(self, line: bytes) -> object:
        """Tell whether a line is a record by itself, with no spoiled field."""
        return not self.quote or self._whole.match(line)

    def split(self, record: bytes) -> list[bytes | None] | None:
        """Return the values of a record, NULL as None; None for a record with a spoiled field."""
        nulls = self._nulls
        if not self.quote or self.quote not in record:
            return [None if text in nulls else text for text in record.split(self.delimiter)]
        if self._whole.match(record) is None:
            return None
        fields = self._fields.findall(record)
        if self._escaped not in record:
            return [
                quoted[1:-1] if quoted else None if text in nulls else text
                for quoted, text in fields
            ]
        unescape = self._unescape
        return [
            unescape(quoted[1:-1]) if quoted else None if text in nulls else text
            for quoted, text in fields
        ]


def _unescaper(fmt: CsvFormat) -> Callable[[bytes], bytes]:
    quote, escape = fmt.quote.encode(), fmt.escape.encode()
    if not escape:
        return lambda text: text
    if quote == escape:
        return lambda text: text.replace(quote * 2, quote)
    escaped = re.compile(re.escape(escape) + b"(.)", re.DOTALL)
    return lambda text: escaped.sub(b"\\1", text)
