"""Physical lines of a CSV file: its byte order mark, its line breaks and its first record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from dv_gen.errors import LandingError
from dv_gen.landing.csv_format import Quoting
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.landing.csv_format import CsvFormat

BOM = b"\xef\xbb\xbf"
BLOCK = 1 << 20
_HEAD = 1 << 16
_LONGEST_FIRST_RECORD = 1 << 24
_BREAK = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Start:
    """How a file begins.

    Attributes:
        bom: whether a UTF-8 byte order mark leads it.
        newline: the first line break outside quotes; a line feed if there is none.
        record: the first record without its line break, or None if the file is empty.
    """

    bom: bool
    newline: bytes
    record: bytes | None


def read_start(handle: BinaryIO, quoting: Quoting) -> Start:
    """Read the first record; ``handle`` is left behind the byte order mark, if there is one.

    Raises:
        LandingError: the first record does not end within 16 MB.
    """
    bom = handle.read(len(BOM)) == BOM
    begin = len(BOM) if bom else 0
    handle.seek(begin)
    head, size = b"", _HEAD
    while True:
        more = handle.read(size)
        head += more
        found = _first_break(head, quoting, final=not more)
        if found is not None or not more:
            break
        if len(head) > _LONGEST_FIRST_RECORD:
            raise LandingError(
                f"{visible(str(handle.name))}: the first line does not end within 16 MB.",
                hint="check the quote character: the first line may open a quote and not close it",
            )
        size = len(head)
    handle.seek(begin)
    if found is None:
        return Start(bom=bom, newline=b"\n", record=head or None)
    return Start(bom=bom, newline=found[1], record=found[0])


def _first_break(head: bytes, quoting: Quoting, *, final: bool) -> tuple[bytes, bytes] | None:
    """Find the first line break outside quotes; return what is before it, and it."""
    inside = False
    begin = 0
    for found in _BREAK.finditer(head):
        inside = quoting.inside_after(head[begin : found.end()], inside=inside)
        begin = found.end()
        if inside:
            continue
        if found[0] == b"\r" and begin == len(head) and not final:
            return None
        return head[: found.start()], found[0]
    return None


def physical_lines(handle: BinaryIO, newline: bytes) -> Iterator[bytes]:
    """Yield the lines from where ``handle`` stands, each with its line break."""
    if newline != b"\r":
        yield from handle
        return
    rest: list[bytes] = []
    while block := handle.read(BLOCK):
        first, *lines = block.split(b"\r")
        rest.append(first)
        if not lines:
            continue
        yield b"".join(rest) + b"\r"
        rest = [lines.pop()]
        for line in lines:
            yield line + b"\r"
    if last := b"".join(rest):
        yield last


def mixed_newline(path: Path, fmt: CsvFormat) -> int | None:
    """Return the first line, from 1, whose break outside quotes is not the file's, or None.

    DuckDB stops at such a line and calls it an invalid state.
    """
    quoting = Quoting(fmt)
    inside = False
    with path.open("rb", buffering=BLOCK) as handle:
        newline = read_start(handle, quoting).newline
        for number, line in enumerate(physical_lines(handle, newline), start=1):
            end = 0
            for found in _BREAK.finditer(line):
                inside = quoting.inside_after(line[end : found.end()], inside=inside)
                end = found.end()
                if not inside and found[0] != newline:
                    return number
            inside = quoting.inside_after(line[end:], inside=inside)
    return None
