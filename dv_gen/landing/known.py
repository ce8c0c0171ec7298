"""The digests of local files by a run before: what has not been touched since is not read again."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dv_gen.errors import LandingError
from dv_gen.landing.store import read_note, write_note

if TYPE_CHECKING:
    from collections.abc import Mapping

# Device, inode, size, and when content and inode were changed last, in nanoseconds.
Identity = tuple[int, int, int, int, int]

_NOTE = "digests.json"
# A file may change twice within one tick of its file system's clock: one that had been changed just
# before it was read is read again.
_MARGIN_NS = 2_000_000_000


class KnownDigests:
    """Digests by a file's path, kept in the working folder.

    Args:
        working: the folder; what cannot be kept there is found out again.
    """

    def __init__(self, working: Path) -> None:
        self._note = working / _NOTE
        # Before any file is read; when the note is written tells nothing of when a file was.
        self._began = time.time_ns()
        self._files = self._read()

    def get(self, file: Path) -> tuple[Identity, str] | None:
        """Return the identity and digest that a file had when it was read, if they are known."""
        return self._files.get(_name(file))

    def keep(self, files: Mapping[Path, tuple[Identity, str]]) -> None:
        """Keep the digests of files that stand still, and forget files that are gone."""
        there = {name: known for name, known in self._files.items() if Path(name).exists()}
        for file, known in files.items():
            if max(known[0][-2:]) + _MARGIN_NS < self._began:
                there[_name(file)] = known
        if there == self._files:
            return
        self._files = there
        with contextlib.suppress(LandingError, OSError):
            self._note.parent.mkdir(parents=True, exist_ok=True)
            note = {name: [*identity, digest] for name, (identity, digest) in there.items()}
            write_note(self._note, note)

    def _read(self) -> dict[str, tuple[Identity, str]]:
        # Elsewhere the time of the inode is that of its making: it tells of no change.
        if os.name != "posix":
            return {}
        try:
            return {
                name: ((fact[0], fact[1], fact[2], fact[3], fact[4]), str(fact[5]))
                for name, fact in read_note(self._note).items()
            }
        except (LookupError, TypeError):
            return {}


def _name(file: Path) -> str:
    return str(file.absolute())
