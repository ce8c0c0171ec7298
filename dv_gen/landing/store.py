"""The folders below ``working`` for what was fetched and prepared, and files written safely."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dv_gen.errors import LandingError
from dv_gen.filesystem import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

_FETCHED = "fetched"
_PREPARED = "prepared"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LONGEST_NAME = 100


def place(working: Path, kind: str, identity: str, path: str) -> Path:
    """Return where a file belongs; its folder exists afterwards, for this user only.

    Args:
        working: the folder of the run.
        kind: what the file is, the name of a folder below ``working``.
        identity: a hex digest of all that tells the file from others.
        path: its path where it came from; the last name is kept, for people.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "_", path.rpartition("/")[2])[-_LONGEST_NAME:]
    folder = working / kind / identity[:32]
    try:
        working.mkdir(parents=True, exist_ok=True)
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unwritable(working, error) from None
    if folder.is_symlink() or folder.parent.is_symlink():
        raise unwritable(working, OSError(errno.ELOOP, "a folder in it is a link"))
    return folder / (name.lstrip(".") or "file")


def fetched_place(working: Path, identity: str, path: str) -> Path:
    """Return where a fetched file belongs."""
    return place(working, _FETCHED, identity, path)


def prepared_place(working: Path, identity: str, path: str) -> Path:
    """Return where a decompressed or transcoded file belongs."""
    return place(working, _PREPARED, identity, path)


def remove_fetched(working: Path) -> None:
    """Remove everything that was fetched into ``working``."""
    shutil.rmtree(working / _FETCHED, ignore_errors=True)


def remove_prepared(working: Path) -> None:
    """Remove everything that was prepared in ``working``."""
    shutil.rmtree(working / _PREPARED, ignore_errors=True)


@contextmanager
def replacing(target: Path) -> Iterator[IO[bytes]]:
    """Give a temporary file that takes the place of ``target`` once the block has ended well."""
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as handle:
            yield handle
        temporary.replace(target)
    except OSError as error:
        raise unwritable(target.parent, error) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_note(path: Path, note: dict[str, Any]) -> None:
    """Write a small JSON file in one step."""
    with replacing(path) as handle:
        handle.write(json.dumps(note, sort_keys=True).encode())


def read_note(path: Path) -> dict[str, Any]:
    """Read a small JSON file; what is missing or damaged is an empty note."""
    try:
        note = json.loads(read_regular(path))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def unwritable(folder: Path, error: OSError) -> LandingError:
    """Return the error for a folder that takes no more bytes."""
    if error.errno in _FULL:
        return LandingError(
            f"The disk of {folder} is full.",
            hint="make room there or give another working folder, then run again",
        )
    return LandingError(
        f"{folder} cannot be written: {error.strerror}.",
        hint="check the folder and its permissions",
    )
