"""Files that are what they seem: read only where they are files, written only where no link leads.

A link, a named pipe or a device comes with a project or a delivery as easily as a file does.
Whoever follows a link overwrites and removes what lies elsewhere, whoever reads a pipe waits for
ever.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dv_gen.errors import UsageError
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

# What Windows does not have needs no saying there.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of(mode: int) -> str:
    """Return in words what something that is no regular file is; empty for a regular file."""
    return next((name for is_one, name in _KINDS if is_one(mode)), "")


def open_regular(path: str | Path, buffering: int = -1) -> IO[bytes]:
    """Open a regular file, or what a link to one leads to, for reading.

    Raises:
        OSError: it cannot be opened, or is no regular file: nobody waits for a pipe's writer, or
            reads a device without end.
    """
    descriptor = os.open(path, os.O_RDONLY | _AT_ONCE | _BINARY)
    kind = kind_of(os.fstat(descriptor).st_mode)
    if kind:
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"it is {kind}, no file", str(path))
    return os.fdopen(descriptor, "rb", buffering=buffering)


def read_regular(path: str | Path) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        OSError: as `open_regular`.
    """
    with open_regular(path, buffering=0) as file:
        return file.read()


def new_file(path: str | Path, mode: int = 0o666) -> int:
    """Return the descriptor of a new, empty file that takes the place of what has its name.

    What is there is not written to: were it a link, or a second name of another file, that file
    would change.

    Raises:
        OSError: it cannot be made, or something took the name meanwhile.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108 - a Path costs as much as the file
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)


def refuse_links(folder: Path, below: str) -> None:
    """Make sure that a place of dv-gen's own holds folders and files, and nothing else.

    Args:
        folder: the project's folder; it may be reached by a link.
        below: the place, relative to it; it need not be there.

    Raises:
        UsageError: naming the first link, pipe or device on the way there, or in it.
    """
    place = folder
    for part in below.split("/"):
        place /= part
        try:
            kind = kind_of(place.lstat().st_mode)
        except FileNotFoundError:
            return
        except OSError as error:
            raise UsageError(f"{place} cannot be read: {error.strerror}") from None
        if kind != "a folder":
            raise _refused(folder, place, kind or "a file, no folder")
    for entry in _entries(str(place)):
        if not entry.is_file(follow_symlinks=False):
            kind = kind_of(entry.stat(follow_symlinks=False).st_mode)
            raise _refused(folder, Path(entry.path), kind)


def refuse_link(path: Path) -> None:
    """Make sure that nothing, or a regular file, has this name.

    Raises:
        UsageError: it is a link, a pipe or a device.
    """
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if kind := kind_of(path.lstat().st_mode):
            raise _refused(path.parent, path, kind)


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield all that lies below a folder but its folders; what may not be entered is left out."""
    with contextlib.suppress(PermissionError), os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(entry.path)
            else:
                yield entry


def _refused(folder: Path, place: Path, kind: str) -> UsageError:
    shown = visible(place.relative_to(folder).as_posix())
    if kind == "a link":
        with contextlib.suppress(OSError):
            kind += f" to {visible(str(place.readlink()))}"
    return UsageError(
        f"{shown} is {kind}",
        hint=f"dv-gen writes and removes files there, never elsewhere: remove {shown}; a project "
        "as a whole may lie behind a link",
    )
