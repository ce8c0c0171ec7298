"""The unfinished file beside its target, and the note that lets a later run take it up."""

from __future__ import annotations

import os
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dv_gen.landing.s3_part import parts_of
from dv_gen.landing.store import read_note, write_note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dv_gen.landing.files import RemoteFile
    from dv_gen.landing.s3_part import Arrived, Part

PART_SIZE = 16 << 20
# Nobody writes through a link that takes the file's name.
_OPENING = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


class Partial:
    """``<name>.part`` and ``<name>.part.json``.

    Attributes:
        path: the unfinished file.
        encrypted: whether S3 said that the ETag is no MD5.
        useless: whether nobody should take it up again.
    """

    def __init__(self, target: Path, remote: RemoteFile) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self._facts = {"etag": remote.etag, "size": remote.size, "part_size": PART_SIZE}
        self._parts = parts_of(remote.size, PART_SIZE)
        self._done: dict[str, int] = {}
        self.encrypted = False
        self.useless = False

    def missing(self) -> list[Part]:
        """Return the parts still to fetch; parts of an earlier run count if they are intact."""
        note = read_note(self._note)
        if {name: note.get(name) for name in self._facts} == self._facts and self._is_there():
            self._take_up(note)
        else:
            self.remove()
        return [part for part in self._parts if str(part.index) not in self._done]

    @contextmanager
    def opened(self) -> Iterator[int]:
        """Open the file for writing, readable by this user only."""
        descriptor = os.open(self.path, _OPENING, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def record(self, part: Part, arrived: Arrived) -> None:
        """Note that a part is there."""
        self._done[str(part.index)] = arrived.crc32
        self.encrypted |= arrived.encrypted
        if not part.whole:
            write_note(
                self._note, {**self._facts, "encrypted": self.encrypted, "parts": self._done}
            )

    def remove(self) -> None:
        """Remove file and note."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _is_there(self) -> bool:
        return self.path.is_file() and not self.path.is_symlink()

    def _take_up(self, note: dict[str, Any]) -> None:
        """Keep the parts whose bytes are what the note says."""
        self.encrypted = bool(note.get("encrypted"))
        noted = note.get("parts")
        with self.path.open("rb") as handle:
            for part in self._parts:
                crc32 = noted.get(str(part.index)) if isinstance(noted, dict) else None
                if crc32 is None:
                    continue
                handle.seek(part.first)
                content = handle.read(part.length)
                if len(content) == part.length and zlib.crc32(content) == crc32:
                    self._done[str(part.index)] = crc32
