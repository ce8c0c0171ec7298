"""The stream that COPY .. FROM STDIN reads: every value escaped, NULL apart from an empty text.

A field is empty where the value is NULL, and `=` with the value behind it everywhere else: `''` and
NULL cannot be mixed up, whatever COPY makes of quotes. The rendered statement takes the `=` away.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING

from dv_gen.engines.base import BadRecord
from dv_gen.landing.records import blocks
from dv_gen.landing.splitting import SPOILED, Splitter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dv_gen.engines.base import BulkFile
    from dv_gen.landing.records import Block

# As the rendered statement has them: DELIMITER E'\001' RECORD TERMINATOR E'\002', escape `\`.
FIELD, RECORD = b"\x01", b"\x02"
_SPECIAL = re.compile(rb"[\\\x01\x02]")
_CLASHING = re.compile(rb"[0-9=\\\x01\x02]")


class Stream:
    """The records of a file as COPY reads them, each behind its number, from 1.

    Args:
        file: the file and how it is written.

    Attributes:
        sent: how many records have been sent.
        refused: the records that cannot be sent.
    """

    def __init__(self, file: BulkFile) -> None:
        self.sent = 0
        self.refused: list[BadRecord] = []
        self.error: BaseException | None = None
        self._file = file
        self._width = len(file.columns)
        self._splitter = Splitter(file.csv, file.nulls)
        own = file.declared or file.columns
        places = {name: at for at, name in enumerate(file.columns)}
        self._pick = _picker([places.get(name) for name in own], self._width)
        self._as_it_stands = (
            own == file.columns
            and file.nulls == ("",)
            and not _CLASHING.search(self._splitter.delimiter)
        )
        self._encoded = self._blocks()
        self._block = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        try:
            while not self._block:
                encoded = next(self._encoded, None)
                if encoded is None:
                    return b""
                self._block = memoryview(encoded)
        except BaseException as error:
            self.error = error
            raise
        part, self._block = self._block[:size], self._block[size:]
        return bytes(part)

    def _blocks(self) -> Iterator[bytes]:
        for block in blocks(self._file.path, self._file.csv, self._splitter.is_whole):
            yield self._plain(block) or b"".join(self._one_by_one(block))

    def _plain(self, block: Block) -> bytes | None:
        """Encode a block without quotes as a whole; None where something in it needs a look."""
        records = block.records
        if not block.plain or not self._as_it_stands:
            return None
        if self._width > 1:
            records = [record for record in records if record]
        delimiter, between = self._splitter.delimiter, self._width - 1
        text = b"\n".join(records)
        if _SPECIAL.search(text) or not _is_utf8(text):
            return None
        if any(record.count(delimiter) != between for record in records):
            return None
        numbered = enumerate(records, self.sent + 1)
        encoded = b"".join([b"%d\x01=%b\x02" % pair for pair in numbered])
        encoded = encoded.replace(delimiter, b"\x01=")
        # Twice: of three empty fields on end the one in the middle is seen the second time.
        encoded = encoded.replace(b"\x01=\x01", b"\x01\x01").replace(b"\x01=\x01", b"\x01\x01")
        self.sent += len(records)
        return encoded.replace(b"\x01=\x02", b"\x01\x02")

    def _one_by_one(self, block: Block) -> Iterator[bytes]:
        for place, record in enumerate(block.records, block.place):
            if not record and self._width > 1:
                continue
            fields = self._splitter.split(record)
            reason = ""
            if not _is_utf8(record):
                reason = "not UTF-8"
            elif fields is None:
                reason = SPOILED
            elif len(fields) != self._width:
                reason = f"{self._width} columns expected, {len(fields)} found"
            if fields is None or reason:
                text = record.decode("utf-8", errors="backslashreplace")
                self.refused.append(BadRecord(place, "", reason, text))
                continue
            self.sent += 1
            values = self._pick(fields)
            if _SPECIAL.search(record):
                values = [value and _SPECIAL.sub(rb"\\\g<0>", value) for value in values]
            texts = [b"" if value is None else b"=" + value for value in values]
            yield b"%d\x01%b\x02" % (self.sent, FIELD.join(texts))


def _picker(
    places: list[int | None], width: int
) -> Callable[[list[bytes | None]], tuple[bytes | None, ...] | list[bytes | None]]:
    """Return what takes the declared fields out of a record, in their own order."""
    if places == list(range(width)):
        return lambda fields: fields
    there = [at for at in places if at is not None]
    if len(there) < len(places):
        # A column that the file lacks is NULL.
        return lambda fields: [None if at is None else fields[at] for at in places]
    if len(there) == 1:
        return lambda fields: [fields[there[0]]]
    return itemgetter(*there)


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
