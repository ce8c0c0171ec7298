"""What DuckDB's CSV reader has to be kept from: patterns in file names, and values too many.

It reads a file's name as a pattern, and leaves out what stands behind the last column where that is
NULL.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from dv_gen.errors import EngineError
from dv_gen.landing.plain_csv import behind_header
from dv_gen.landing.records import blocks
from dv_gen.landing.splitting import Splitter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.engines.base import BulkFile

# What no reader takes for a pattern, a partition, an address or an option.
_PLAIN = re.compile(r"/[\w ./-]*")
_LINK = "delivery"


class WideRecord(NamedTuple):
    """A record with more values than columns, of which those too many are NULL.

    Attributes:
        place: as ``landing.Record.place`` counts it.
        number: its number among the data records, from 1.
        values: how many it has.
        text: the record as it stands in the file.
    """

    place: int
    number: int
    values: int
    text: str


@contextlib.contextmanager
def plain_name(path: Path) -> Iterator[str]:
    """Give a name under which DuckDB opens this file and no other one.

    It knows no way to say that ``[x].csv`` is no pattern for ``x.csv``. So a file whose path has
    more than letters, digits, blanks, points and hyphens is read by a link of our own.

    Raises:
        EngineError: when the folder for temporary files has such a name itself.
    """
    absolute = path.absolute()
    if _PLAIN.fullmatch(utf8(absolute)):
        yield utf8(absolute)
        return
    with tempfile.TemporaryDirectory(prefix="dv-gen-") as folder:
        if not _PLAIN.fullmatch(folder):
            raise EngineError(
                f"DuckDB would take the name of the folder {folder} for a pattern",
                hint="set TMPDIR to a folder with a name of letters and digits",
            )
        link = Path(folder, _LINK)
        link.symlink_to(absolute)
        yield str(link)


def wide_records(file: BulkFile) -> Iterator[WideRecord]:
    """Yield the records that DuckDB takes though they have values too many: unquoted NULLs."""
    splitter = Splitter(file.csv, file.nulls)
    ends = tuple(splitter.delimiter + null.encode() for null in file.nulls)
    if not _has_wide(file, ends):
        return
    width = len(file.columns)
    before = 0
    for block in blocks(file.path, file.csv, splitter.is_whole):
        for at, record in enumerate(block.records):
            if record.endswith(ends) and (values := _values(record, splitter, width)) > width:
                number = before + at + 1 - (block.records[:at].count(b"") if width > 1 else 0)
                text = record.decode("utf-8", errors="backslashreplace")
                yield WideRecord(block.place + at, number, values, text)
        before += len(block.records) - (block.records.count(b"") if width > 1 else 0)


def _values(record: bytes, splitter: Splitter, width: int) -> int:
    """Return how many values a record has; more than there are only where that is few enough."""
    values = record.count(splitter.delimiter) + 1
    if values > width and splitter.quote and splitter.quote in record:
        return len(splitter.split(record) or ())
    return values


def _has_wide(file: BulkFile, ends: tuple[bytes, ...]) -> bool:
    """Tell whether a file may have a wide record; for nearly every file, at no great cost."""
    delimiter, newline = file.csv.delimiter.encode(), file.new_line.encode()
    width = len(file.columns)
    marks = [end + newline for end in ends]
    rest = b""
    with file.path.open("rb", buffering=0) as handle:
        for text in _unquoted(handle, file):
            if text is None:
                return True
            if any(mark in rest + text for mark in marks):
                *lines, rest = (rest + text).split(newline)
                if any(line.count(delimiter) >= width and line.endswith(ends) for line in lines):
                    return True
            else:
                rest = (rest + text).rpartition(newline)[2]
    return rest.count(delimiter) >= width and rest.endswith(ends)


def _unquoted(handle: BinaryIO, file: BulkFile) -> Iterator[bytes | None]:
    """Yield what stands outside quotes behind the header, block by block.

    None where a quote stands in the middle of a value, or is escaped by another character.
    """
    quote = file.csv.quote.encode()
    edges = file.csv.delimiter.encode() + b"\r\n"
    kinds = bytes(
        ord("q" if bytes((byte,)) == quote else "e" if byte in edges else "x")
        for byte in range(256)
    )
    inside, last = False, b"\n"
    for block in behind_header(handle, file.csv):
        if not quote or (quote not in block and not inside):
            last = block[-1:]
            yield block
        elif file.csv.escape != file.csv.quote:
            yield None
        else:
            parts = block.split(quote)
            # Every quoted part is one quote here: an edge must stand before it and behind it.
            outside = (quote if inside else last) + quote.join(parts[inside::2])
            begins_inside = inside
            inside ^= (len(parts) - 1) % 2 == 1
            seen = (outside + quote if inside else outside).translate(kinds)
            if b"qx" in seen or b"xq" in seen:
                yield None
            last = outside[-1:]
            yield b"".join(parts[begins_inside::2])


def utf8(path: Path) -> str:
    """Return a path as DuckDB wants it, whatever the locale makes Python take file names for."""
    return os.fsencode(path).decode("utf-8", errors="surrogateescape")
