"""CSV records one by one, exactly as DuckDB's reader sees them: to count, and to find rejects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from dv_gen.landing.csv_fields import split_record
from dv_gen.landing.csv_format import Quoting
from dv_gen.landing.csv_lines import BLOCK, physical_lines, read_start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.landing.csv_format import CsvFormat


@dataclass(frozen=True)
class Record:
    r"""One data record.

    Attributes:
        number: its number among the data records, from 1.
        place: what DuckDB's ``reject_errors`` calls ``line``: the records before it plus one,
            header and empty lines counted, line breaks inside quotes not.
        line: the physical line it starts on, from 1, as an editor shows it.
        text: the original text without its line break; a byte that is not UTF-8 as ``\xNN``.
    """

    number: int
    place: int
    line: int
    text: str


class _Raw(NamedTuple):
    """A record of any kind (header, data, empty line); ``open_line`` if its quote never closes."""

    line: int
    content: bytes
    open_line: int | None


def count_exactly(path: Path, fmt: CsvFormat, *, columns: int | None = None) -> int:
    """Count the data records with the exact state machine: slow, for when counts disagree.

    Args:
        path: the plain UTF-8 file.
        fmt: how it is written.
        columns: how many columns the reader is told; by default as many as the first record has.
            An empty line is a record (of one NULL) only where there is one column.
    """
    return sum(1 for _ in _data(path, fmt, columns))


def scan(path: Path, fmt: CsvFormat, *, columns: int | None = None) -> Iterator[Record]:
    """Yield every data record with its place and original text; arguments as for the count."""
    for number, (place, raw) in enumerate(_data(path, fmt, columns), start=1):
        text = raw.content.decode("utf-8", errors="backslashreplace")
        yield Record(number=number, place=place, line=raw.line, text=text)


def contents(
    path: Path, fmt: CsvFormat, *, columns: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield the place and the bytes of every data record; arguments as for the count."""
    for place, raw in _data(path, fmt, columns):
        yield place, raw.content


def unclosed_quote(path: Path, fmt: CsvFormat) -> int | None:
    """Return the physical line, from 1, where a quote opens and never closes, or None."""
    open_line = None
    for raw in _raw(path, fmt):
        open_line = raw.open_line
    return open_line


def column_count(record: bytes | None, fmt: CsvFormat) -> int:
    """Return how many fields the first record of a file has."""
    if record is None:
        return 1
    return len(split_record(record.decode("utf-8", errors="backslashreplace"), fmt))


def _data(path: Path, fmt: CsvFormat, columns: int | None) -> Iterator[tuple[int, _Raw]]:
    """Yield the data records with their places."""
    for place, raw in enumerate(_raw(path, fmt), start=1):
        if place == 1:
            columns = columns or column_count(raw.content, fmt)
            if fmt.header:
                continue
        if raw.content or columns == 1:
            yield place, raw


def _raw(path: Path, fmt: CsvFormat) -> Iterator[_Raw]:
    """Yield every record of the file, whatever it is."""
    quoting = Quoting(fmt)
    with path.open("rb", buffering=BLOCK) as handle:
        newline = read_start(handle, quoting).newline
        pending: list[bytes] = []
        inside, begin, open_line = False, 1, 0
        for number, line in enumerate(physical_lines(handle, newline), start=1):
            still = quoting.inside_after(line, inside=inside)
            if still and not (inside and quoting.stays_inside(line)):
                open_line = number
            inside = still
            if inside:
                pending.append(line)
                continue
            content = b"".join([*pending, line]) if pending else line
            yield _Raw(begin, content.removesuffix(newline), None)
            pending.clear()
            begin = number + 1
        if pending:
            yield _Raw(begin, b"".join(pending).removesuffix(newline), open_line)
