"""The first records of a file as a table that a person can read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dv_gen.landing.csv_fields import Field, split_record
from dv_gen.landing.csv_format import Quoting
from dv_gen.landing.csv_lines import read_start
from dv_gen.landing.records import scan
from dv_gen.texttable import aligned, visible

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.landing.csv_format import CsvFormat


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
    records = [
        split_record(record.text, fmt) if record.text else []
        for record in islice(scan(path, fmt), rows)
    ]
    header: list[str] = []
    if fmt.header:
        names = split_record(first.decode("utf-8", errors="backslashreplace"), fmt)
        header = [visible(name.text) for name in names]
    cells = [[_cell(field) for field in record] for record in records]
    table = aligned(header, cells, width=width)
    return table if records else f"{table}\n(no records)".lstrip("\n")


def _cell(field: Field) -> str:
    return '""' if field.quoted and not field.text else visible(field.text)
