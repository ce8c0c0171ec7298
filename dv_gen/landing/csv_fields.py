"""Split one CSV record into its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dv_gen.landing.csv_format import CsvFormat


class Field(NamedTuple):
    """The value of a field, and whether it was quoted (an unquoted empty field is NULL)."""

    text: str
    quoted: bool


def split_record(record: str, fmt: CsvFormat) -> list[Field]:
    """Split a record, given without its line break, into fields.

    >>> from dv_gen.landing.csv_format import CsvFormat
    >>> [field.text for field in split_record('1,"a ""b"", c",', CsvFormat())]
    ['1', 'a "b", c', '']
    """
    return _split(record, fmt)[0]


def split_strictly(record: str, fmt: CsvFormat) -> list[Field] | None:
    """Split a record as above, or return None where a value goes on behind its closing quote.

    >>> from dv_gen.landing.csv_format import CsvFormat
    >>> split_strictly('1,"a"b', CsvFormat()) is None
    True
    """
    fields, is_good = _split(record, fmt)
    return fields if is_good else None


def _split(record: str, fmt: CsvFormat) -> tuple[list[Field], bool]:
    fields: list[Field] = []
    position = 0
    good = True
    while True:
        field, position, is_good = _field(record, position, fmt)
        fields.append(field)
        good &= is_good
        if position >= len(record):
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
    """Read up to the closing quote; return the value, the place after it, and whether it is there."""
    text: list[str] = []
    while position < len(record):
        character = record[position]
        following = record[position + 1 : position + 2]
        if (
            character == fmt.escape
            and following
            and (fmt.escape != fmt.quote or following == fmt.quote)
        ):
            text.append(following)
            position += 2
        elif character == fmt.quote:
            return "".join(text), position + 1, True
        else:
            text.append(character)
            position += 1
    return "".join(text), position, False
