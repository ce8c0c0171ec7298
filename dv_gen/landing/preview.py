"""The first records of a file as a table that a person can read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dv_gen.landing.csv_fields import Field, split_record
from dv_gen.landing.csv_format import Quoting
from dv_gen.landing.csv_lines import read_start
from dv_gen.landing.records import scan
from dv_gen.texttable import aligned

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.landing.csv_format import CsvFormat

# As much as is looked at behind the header, and as many columns as are shown.
_HEAD = 1 << 18
_COLUMNS = 200


def preview(path: Path, fmt: CsvFormat, *, rows: int = 10, width: int = 40) -> str:
    r"""Return the header and the first records as aligned text.

    An unquoted empty field (NULL) is blank, a quoted one is ``""``; line breaks show as ``↵``,
    tabs as ``→``, other control characters as ``\xNN``.

    Args:
        path: the plain UTF-8 file; only its head is read.
        fmt: how it is written.
        rows: how many records to show.
        width: terminal cells a value may take; longer ones end in ``…``.
    """
    with path.open("rb") as handle:
        first = read_start(handle, Quoting(fmt)).record
    if first is None:
        return "(the file is empty)"
    names = _split(first.decode("utf-8", errors="backslashreplace"), fmt)
    # A quote that never closes makes a record of the rest of the file.
    found = scan(path, fmt, columns=len(names), head=len(first) + _HEAD)
    records = [_split(record.text, fmt) for record in islice(found, rows)]
    header = [name.text for name in names] if fmt.header else []
    cells = [[_cell(field) for field in record] for record in records]
    table = aligned(_narrowed(header), [_narrowed(row) for row in cells], width=width)
    return table if records else f"{table}\n(no records)".lstrip("\n")


def _split(record: str, fmt: CsvFormat) -> list[Field]:
    return split_record(record, fmt, most=_COLUMNS + 1) if record else []


def _cell(field: Field) -> str:
    return '""' if field.quoted and not field.text else field.text


def _narrowed(row: list[str]) -> list[str]:
    """Return as much of a row as anybody reads."""
    return row if len(row) <= _COLUMNS else [*row[:_COLUMNS], "…"]
