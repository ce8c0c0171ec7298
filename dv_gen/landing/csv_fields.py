"""Split one CSV record into its fields."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dv_gen.landing.csv_format import CsvFormat


class Field(NamedTuple):
    """The value of a field, and whether it was quoted (an unquoted empty field is NULL)."""

    text: str
    quoted: bool


def split_record(record: str, fmt: CsvFormat, *, most: int | None = None) -> list[Field]:
    """Split a record, given without its line break, into fields, or into the first so many.

    >>> from dv_gen.landing.csv_format import CsvFormat
    >>> [field.text for field in split_record('1,"a ""b"", c",', CsvFormat())]
    ['1', 'a "b", c', '']
    """
    return _split(record, fmt, most)[0]


def split_strictly(record: str, fmt: CsvFormat) -> list[Field] | None:
    """Split a record as above, or return None where a value goes on behind its closing quote.

    >>> from dv_gen.landing.csv_format import CsvFormat
    >>> split_strictly('1,"a"b', CsvFormat()) is None
    True
    """
    fields, is_good = _split(record, fmt)
    return fields if is_good else None


def _split(record: str, fmt: CsvFormat, most: int | None = None) -> tuple[list[Field], bool]:
    fields: list[Field] = []
    position = 0
    good = True
    while True:
        field, position, is_good = _field(record, position, fmt)
        fields.append(field)
        good &= is_good
        if position >= len(record) or len(fields) == most:
            return fields, good
        position += len(fmt.delimiter)
        if position == len(record):
            return [*fields, Field("", quoted=False)], good


def _field(record: str, position: int, fmt: CsvFormat) -> tuple[Field, int, bool]:
    """Read the field at ``position``; return it, where it ended and whether nothing spoils it."""
    start = position + (record.startswith(" ", position) and fmt.delimiter != " ")
    if not fmt.quote or not record.startswith(fmt.quote, start):
        end = _end(record, position, fmt)
        return Field(record[position:end], quoted=False), end, True
    text, position, is_closed = _quoted(record, start + 1, fmt)
    end = _end(record, position, fmt)
    rest = record[position:end].rstrip(" ")
    return Field(text + rest, quoted=True), end, is_closed and not rest


def _end(record: str, position: int, fmt: CsvFormat) -> int:
    """Find the next delimiter or the end of the record."""
    found = record.find(fmt.delimiter, position)
    return len(record) if found < 0 else found


def _quoted(record: str, position: int, fmt: CsvFormat) -> tuple[str, int, bool]:
    """Read up to the closing quote; return the value, the place behind it, whether it is there."""
    pattern, escaped = _inside(fmt.quote, fmt.escape)
    found = pattern.match(record, position)
    end = found.end() if found else position
    text = record[position:end]
    if escaped is not None:
        text = escaped.sub(r"\1", text)
    if record.startswith(fmt.quote, end):
        return text, end + 1, True
    # An escape character at the very end protects nothing.
    return text + record[end:], len(record), False


@lru_cache
def _inside(quote: str, escape: str) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """Return what stands between two quotes, and what in it is an escaped character.

    A value may be megabytes long: nothing is looked at character by character.
    """
    end, sign = re.escape(quote), re.escape(escape)
    if not escape:
        return re.compile(f"[^{end}]*+"), None
    if quote == escape:
        return re.compile(f"(?:[^{end}]++|{end}{end})*+"), re.compile(f"{end}({end})")
    return (
        re.compile(f"(?:[^{end}{sign}]++|{sign}.)*+", re.DOTALL),
        re.compile(f"{sign}(.)", re.DOTALL),
    )
