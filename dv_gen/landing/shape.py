"""A fast look over a whole CSV file: how many records, which line break, which header.

100 MB take about a sixth of a second: only quotes and line breaks are looked at. Quotes are taken
for balanced here, which a stray one in unquoted text breaks: where a database disagrees with this
count, ``count_exactly`` decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.landing.csv_fields import split_record
from dv_gen.landing.csv_format import Quoting
from dv_gen.landing.csv_lines import BLOCK, read_start
from dv_gen.landing.records import column_count, count_exactly, unclosed_quote

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.landing.csv_format import CsvFormat


@dataclass(frozen=True)
class FileShape:
    r"""What a look over the whole file shows.

    Attributes:
        records: data records; the header and, beside several columns, empty lines are none.
        newline: the line break of the first record: ``\n``, ``\r\n`` or ``\r``.
        header: the names as they stand there, or None without header or in an empty file.
        bom: whether a UTF-8 byte order mark leads the file.
        quoted_newlines: whether a line break stands inside quotes.
        mixed_newlines: whether there are other line breaks outside quotes than ``newline``;
            DuckDB cannot read such a file, ``mixed_newline`` finds the line.
        open_quote: the physical line where a quote opens and never closes, or None.
    """

    records: int
    newline: str
    header: tuple[str, ...] | None
    bom: bool
    quoted_newlines: bool
    mixed_newlines: bool
    open_quote: int | None = None


def inspect(path: Path, fmt: CsvFormat, *, columns: int | None = None) -> FileShape:
    """Look over the whole file.

    Args:
        path: the plain UTF-8 file.
        fmt: how it is written.
        columns: how many columns the reader is told; by default as many as the first record has.
    """
    with path.open("rb", buffering=BLOCK) as handle:
        start = read_start(handle, Quoting(fmt))
        columns = columns or column_count(start.record, fmt)
        tally = _Tally(fmt, start.newline, count_empty=columns > 1)
        while block := handle.read(BLOCK):
            tally.add(block)
    records = tally.breaks + tally.unfinished - tally.empty
    if fmt.header and start.record is not None:
        records -= 1
    open_quote = None
    if tally.inside:
        records = count_exactly(path, fmt, columns=columns)
        open_quote = unclosed_quote(path, fmt)
    header = _names(start.record, fmt) if fmt.header else None
    return FileShape(
        records=records,
        newline=start.newline.decode(),
        header=header,
        bom=start.bom,
        quoted_newlines=tally.quoted_newlines,
        mixed_newlines=tally.mixed,
        open_quote=open_quote,
    )


def read_header(path: Path, fmt: CsvFormat) -> tuple[str, ...] | None:
    """Return the names of a file's header, or None in an empty file; nothing else is read."""
    with path.open("rb") as handle:
        return _names(read_start(handle, Quoting(fmt)).record, fmt)


def _names(record: bytes | None, fmt: CsvFormat) -> tuple[str, ...] | None:
    if record is None:
        return None
    text = record.decode("utf-8", errors="backslashreplace")
    return tuple(field.text for field in split_record(text, fmt))


class _Tally:
    """Counts line breaks outside quotes, block by block."""

    def __init__(self, fmt: CsvFormat, newline: bytes, *, count_empty: bool) -> None:
        self._quote = fmt.quote.encode()
        self._escape = fmt.escape.encode() if fmt.escape != fmt.quote else b""
        self._newline = newline
        self._mark = newline[-1:]
        self._others = bytes(sorted(set(range(256)) - set(b"\r\n" + self._quote)))
        self._count_empty = count_empty
        self._double = self._mark + newline
        self._doubled = re.compile(self._double)
        self._empty_line = re.compile(b"(?<=%b)%b" % (self._mark, newline))
        self._tail = b"" if fmt.header else self._mark
        self._held = b""
        self._last = b""
        self._foreign = 0
        self.inside = False
        self.breaks = 0
        self.empty = 0
        self.quoted_newlines = False

    @property
    def unfinished(self) -> int:
        """1 if the last record has no line break, else 0."""
        return int(self.inside or bool(self._held) or self._last not in (b"", self._mark))

    @property
    def mixed(self) -> bool:
        """Whether other line breaks than the file's were seen outside quotes."""
        return self._foreign != 0

    def add(self, block: bytes) -> None:
        """Count one more block."""
        if self._escape:
            block = self._without_escapes(block)
        if not block:
            return
        self._last = block[-1:]
        if not self._quote or self._quote not in block:
            if self.inside:
                self.quoted_newlines |= b"\n" in block or b"\r" in block
                return
            self._count(block)
            if self._count_empty and self._may_hold_empty(block):
                self._count_empty_lines(block)
            self._tail = (self._tail + block[-2:])[-len(self._newline) :]
            return
        segments = block.translate(None, self._others).split(self._quote)
        self._count(b"".join(segments[self.inside :: 2]))
        self.quoted_newlines |= any(segments[not self.inside :: 2])
        if self._count_empty and self._may_hold_empty(block):
            outside = block.split(self._quote)[self.inside :: 2]
            self._count_empty_lines(b'"' * self.inside + b'"'.join(outside))
        self.inside ^= (len(segments) - 1) % 2 == 1
        after = block.rpartition(self._quote)[2]
        self._tail = b"" if self.inside else after[-len(self._newline) :]

    def _without_escapes(self, block: bytes) -> bytes:
        """Blank out escaped characters; an escape at the block's end waits for the next one."""
        block = self._held + block
        self._held = b""
        if self._escape not in block:
            return block
        block = block.replace(self._escape * 2, b"xx")
        if block.endswith(self._escape):
            block, self._held = block[:-1], self._escape
        return block.replace(self._escape + self._quote, b"xx")

    def _count(self, outside: bytes) -> None:
        """Count the line breaks of text outside quotes."""
        breaks = outside.count(self._mark)
        self.breaks += breaks
        if self._newline == b"\r\n":
            self._foreign += outside.count(b"\r") - breaks
        else:
            self._foreign += (b"\n" if self._mark == b"\r" else b"\r") in outside

    def _may_hold_empty(self, block: bytes) -> bool:
        """Tell cheaply whether an empty line can be in the block or across its beginning."""
        return self._double in self._tail + block[:2] or self._doubled.search(block) is not None

    def _count_empty_lines(self, outside: bytes) -> None:
        """Count the empty lines of text outside quotes, the tail of the last block before it."""
        self.empty += len(self._empty_line.findall(self._tail + outside))
