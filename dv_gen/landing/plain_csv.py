r"""Tell whether a file can go to a reader of plain RFC 4180 as it stands.

Such a reader knows one delimiter and one quote of a byte each, a doubled quote inside quotes and
one text for NULL. It may also take a quote in the middle of a value for an opening one, keep a
blank before one, and know no empty lines: of all this the file must have nothing. The look costs a
small part of what loading does; only quotes and line breaks are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from dv_gen.landing.csv_format import Quoting
from dv_gen.landing.csv_lines import BLOCK, read_start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dv_gen.landing.csv_format import CsvFormat

# What stands for the quote where a file has none.
NO_QUOTE = "\x01"
# An empty line, and one that old readers take for the end.
_EMPTY_LINES = (b"\n\n", b"\n\r\n", b"\r\r")
_END_MARKS = (b"\n\\.", b"\r\\.")
_CARRIED = 3


@dataclass(frozen=True)
class PlainCsv:
    """How a plain reader has to be told to read a file.

    Attributes:
        delimiter: one character between two fields.
        quote: one character; doubled inside quotes it is itself.
        null: the unquoted text that stands for NULL.
    """

    delimiter: str
    quote: str
    null: str


def plain_csv(path: Path, fmt: CsvFormat, *, nulls: Sequence[str], columns: int) -> PlainCsv | None:
    """Return how a plain reader has to read the file behind its header, or None.

    Args:
        path: the plain UTF-8 file.
        fmt: how it is written.
        nulls: the unquoted texts that stand for NULL.
        columns: how many columns it has.
    """
    delimiter, quote = fmt.delimiter, fmt.quote or NO_QUOTE
    null, *others = nulls or ("",)
    if len(delimiter.encode()) > 1 or delimiter == NO_QUOTE:
        return None
    if any(mark in null for mark in (delimiter, quote, "\r", "\n")):
        return None
    look = _Look(fmt, quote.encode(), [text.encode() for text in others], columns)
    with path.open("rb", buffering=0) as handle:
        if all(look.is_plain(block) for block in behind_header(handle, fmt)):
            return PlainCsv(delimiter, quote, null)
    return None


def behind_header(handle: BinaryIO, fmt: CsvFormat) -> Iterator[bytes]:
    """Yield the bytes of a file in blocks, without its byte order mark and its header."""
    start = read_start(handle, Quoting(fmt))
    if fmt.header and start.record is not None:
        handle.seek(len(start.record) + len(start.newline), 1)
    while block := handle.read(BLOCK):
        yield block


class _Look:
    """Looks over the blocks of a file in their order."""

    def __init__(
        self, fmt: CsvFormat, quote: bytes, other_nulls: list[bytes], columns: int
    ) -> None:
        self._quote = quote
        self._may_quote = fmt.quote != "" and fmt.escape == fmt.quote
        self._other_nulls = other_nulls
        self._columns = columns
        # What a byte is to a quote beside it: another quote, an edge of a value, or a stranger.
        edges = fmt.delimiter.encode() + b"\r\n"
        self._kinds = bytes(
            ord("q" if byte == quote[0] else "e" if byte in edges else "x") for byte in range(256)
        )
        self._inside = False
        # The first record begins where a line break would have ended the one before it.
        self._outside = b"\n"
        self._tail = b""

    def is_plain(self, block: bytes) -> bool:
        """Return whether nothing in the block needs a better reader."""
        if b"\0" in block or self._has_other_null(block):
            return False
        if self._quote in block:
            if not self._may_quote:
                return False
            before = self._quote if self._inside else self._outside
            parts = block.split(self._quote)
            # Every quoted part is one quote here: behind it a value must end, before it begin.
            outside = before + self._quote.join(parts[self._inside :: 2])
            self._inside ^= (len(parts) - 1) % 2 == 1
            outside += self._quote if self._inside else b""
            kinds = outside.translate(self._kinds)
            if b"qx" in kinds or b"xq" in kinds:
                return False
        elif self._inside:
            return True
        else:
            outside = self._outside + block
        unread = _END_MARKS if self._columns == 1 else _END_MARKS + _EMPTY_LINES
        if any(mark in outside for mark in unread):
            return False
        self._outside = outside[-_CARRIED:]
        return True

    def _has_other_null(self, block: bytes) -> bool:
        if not self._other_nulls:
            return False
        if "" in map(bytes.decode, self._other_nulls):
            return True
        longest = max(map(len, self._other_nulls))
        text = self._tail + block
        self._tail = text[-longest:]
        return any(null in text for null in self._other_nulls)
