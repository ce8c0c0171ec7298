"""CSV records one by one, exactly as DuckDB's reader sees them: to count, and to find rejects."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from dv_gen.landing.csv_fields import split_record
from dv_gen.landing.csv_format import Quoting
from dv_gen.landing.csv_lines import BLOCK, physical_lines, read_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

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
    return sum(1 for _ in _data(path, fmt, columns, keep=False))


def scan(
    path: Path, fmt: CsvFormat, *, columns: int | None = None, head: int | None = None
) -> Iterator[Record]:
    """Yield every data record with its place and original text; arguments as for the count.

    With ``head`` only so many bytes of the file are read, and the last record may be cut off.
    """
    for number, (place, raw) in enumerate(_data(path, fmt, columns, head=head), start=1):
        text = raw.content.decode("utf-8", errors="backslashreplace")
        yield Record(number=number, place=place, line=raw.line, text=text)


class Block(NamedTuple):
    """Records on end: the place of the first, their bytes, whether none of them holds a quote.

    Empty lines are among them; the header is not.
    """

    place: int
    records: list[bytes]
    plain: bool


def blocks(
    path: Path, fmt: CsvFormat, is_whole: Callable[[bytes], object] = lambda _: None
) -> Iterator[Block]:
    """Yield the records as bytes, without their line breaks: as ``scan`` finds them, but fast.

    Args:
        path: the plain UTF-8 file.
        fmt: how it is written.
        is_whole: tells of a line that it is a record of its own, in less time than it takes to
            look for one; what it does not tell of is looked at.
    """
    quoting = Quoting(fmt)
    with path.open("rb", buffering=0) as handle:
        newline = read_start(handle, quoting).newline
        skip, place = int(fmt.header), 1
        pending: list[bytes] = []
        for lines in _whole_lines(handle, newline):
            plain = not pending and not (quoting.quote and quoting.quote in lines)
            if plain:
                records = lines.removesuffix(newline).split(newline)
            else:
                records = _joined(lines, newline, quoting, pending, is_whole)
            if skip and records:
                del records[0]
                place, skip = place + 1, 0
            if records:
                yield Block(place, records, plain)
                place += len(records)
        if pending:
            yield Block(place, [b"".join(pending).removesuffix(newline)], plain=False)


def _whole_lines(handle: BinaryIO, newline: bytes) -> Iterator[bytes]:
    """Yield blocks that end where a line ends, but for the last."""
    rest: list[bytes] = []
    while block := handle.read(BLOCK):
        head, found, tail = block.rpartition(newline)
        if not found:
            rest.append(block)
            continue
        yield b"".join([*rest, head, found])
        rest = [tail]
    if last := b"".join(rest):
        yield last


def _joined(
    lines: bytes,
    newline: bytes,
    quoting: Quoting,
    pending: list[bytes],
    is_whole: Callable[[bytes], object],
) -> list[bytes]:
    """Return the records that end in a block; the lines behind them are left in ``pending``."""
    records = []
    mark = newline[-1:]
    *ended, last = lines.split(mark)
    for line in (*(line + mark for line in ended), *([last] if last else ())):
        if not pending and is_whole(content := line.removesuffix(newline)):
            records.append(content)
        elif quoting.inside_after(line, inside=bool(pending)):
            pending.append(line)
        else:
            records.append(b"".join([*pending, line]).removesuffix(newline))
            pending.clear()
    return records


def contents(
    path: Path, fmt: CsvFormat, *, columns: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield the place and the bytes of every data record; arguments as for the count."""
    for place, raw in _data(path, fmt, columns):
        yield place, raw.content


def unclosed_quote(path: Path, fmt: CsvFormat) -> int | None:
    """Return the physical line, from 1, where a quote opens and never closes, or None."""
    open_line = None
    for raw in _raw(path, fmt, keep=False):
        open_line = raw.open_line
    return open_line


def column_count(record: bytes | None, fmt: CsvFormat) -> int:
    """Return how many fields the first record of a file has."""
    if record is None:
        return 1
    return len(split_record(record.decode("utf-8", errors="backslashreplace"), fmt))


def _data(
    path: Path, fmt: CsvFormat, columns: int | None, *, keep: bool = True, head: int | None = None
) -> Iterator[tuple[int, _Raw]]:
    """Yield the data records with their places."""
    for place, raw in enumerate(_raw(path, fmt, keep=keep, head=head), start=1):
        if place == 1:
            columns = columns or column_count(raw.content, fmt)
            if fmt.header:
                continue
        if raw.content or columns == 1:
            yield place, raw


def _raw(
    path: Path, fmt: CsvFormat, *, keep: bool = True, head: int | None = None
) -> Iterator[_Raw]:
    """Yield every record of the file, whatever it is.

    Args:
        path: the plain UTF-8 file.
        fmt: how it is written.
        keep: whether the content is wanted: one that spans lines is that of its last line if not,
            since a quote that never closes makes it the rest of the file.
        head: how many bytes are read; all of them if None.
    """
    quoting = Quoting(fmt)
    with path.open("rb", buffering=BLOCK) as opened:
        handle: BinaryIO = opened if head is None else BytesIO(opened.read(head))
        newline = read_start(handle, quoting).newline
        pending: list[bytes] = []
        inside, begin, open_line = False, 1, 0
        for number, line in enumerate(physical_lines(handle, newline), start=1):
            # Most lines of what a quote has swallowed hold none.
            if not (inside and quoting.quote not in line):
                still = quoting.inside_after(line, inside=inside)
                if still and not (inside and quoting.stays_inside(line)):
                    open_line = number
                inside = still
            if inside:
                # The first record tells how many columns there are.
                if keep or begin == 1 or not pending:
                    pending.append(line)
                continue
            content = b"".join([*pending, line]) if pending and (keep or begin == 1) else line
            yield _Raw(begin, content.removesuffix(newline), None)
            pending.clear()
            begin = number + 1
        if pending:
            yield _Raw(begin, b"".join(pending).removesuffix(newline), open_line)
