"""A local folder as landing place: nothing is copied, the content's SHA-256 is the ETag."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from dv_gen.errors import LandingError
from dv_gen.filesystem import kind_of
from dv_gen.landing.files import LocalFile, RemoteFile
from dv_gen.landing.hashing import sha256_of
from dv_gen.landing.known import Identity, KnownDigests
from dv_gen.landing.patterns import Pattern, check_found, missing
from dv_gen.landing.store import remove_prepared
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dv_gen.landing.files import FileList

_THREADS = 4


class LocalLanding:
    """Files below a folder.

    Args:
        root: the folder, as the user wrote it.
        working: the folder for prepared copies.

    Raises:
        LandingError: there is no such folder, or its name is not UTF-8.
    """

    def __init__(self, root: str, working: Path) -> None:
        self.root = root
        self._folder = Path(root)
        self._working = working
        self._digests = KnownDigests(working)
        self._known: dict[str, tuple[Identity, str]] = {}
        self._lock = threading.Lock()
        _check_name(root)
        if not self._folder.is_dir():
            raise LandingError(
                f"The landing root {root} is not a folder.",
                hint="create it, or correct the target's landing root",
            )

    def list(self, pattern: str, *, ignore_case: bool = False) -> FileList:
        """List what the pattern means, sorted by path; see the protocol."""
        wanted = Pattern(pattern, ignore_case)
        if wanted.is_exact:
            paths = [wanted.text]
            if (self._folder / wanted.text).is_dir():
                raise LandingError(
                    f"{wanted.text} below {self.root} is a folder.",
                    hint=f"write {wanted.text}/ for every file in it",
                )
            if not (self._folder / wanted.text).exists():
                raise missing(wanted, self.root, self._walk(wanted.folder, deep=False))
        else:
            paths = sorted(path for path in self._walk(wanted.folder) if wanted.matches(path))
            check_found(wanted, self.root, paths)
        with ThreadPoolExecutor(_THREADS) as pool:
            found = list(pool.map(self._remote, paths))
        self._digests.keep({self._folder / file.path: self._known[file.path] for file in found})
        return found

    def fetch(self, files: Sequence[RemoteFile], *, threads: int = _THREADS) -> Iterator[LocalFile]:
        """Yield the files themselves after making sure that they are still the listed ones."""
        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(self._local, files)

    def cleanup(self) -> None:
        """Remove prepared copies; the user's own files stay."""
        remove_prepared(self._working)

    def entries(self, folder: str) -> Iterator[str]:
        """Yield what lies in a folder, folders with a ``/`` at the end; see the protocol."""
        try:
            found = sorted(os.scandir(self._folder / folder), key=lambda entry: entry.name)
        except OSError as error:
            raise LandingError(
                f"{folder or self.root} cannot be listed: {error.strerror}."
            ) from None
        for entry in found:
            # A link to a folder may lead in a circle.
            if entry.is_dir():
                if not entry.is_symlink():
                    yield f"{folder}{entry.name}/"
            else:
                yield f"{folder}{entry.name}"

    def _walk(self, below: str, *, deep: bool = True) -> Iterator[str]:
        """Yield the paths of all files below a folder, through symbolic links but in no circle."""
        for folder, folders, names in os.walk(self._folder / below, followlinks=True):
            here = Path(folder).resolve()
            folders[:] = [
                each for each in folders if not here.is_relative_to((Path(folder) / each).resolve())
            ]
            if not deep:
                folders.clear()
            for name in names:
                yield (Path(folder) / name).relative_to(self._folder).as_posix()

    def _remote(self, path: str) -> RemoteFile:
        _check_name(path)
        identity, sha256 = self._hash(path)
        return RemoteFile(root=self.root, path=path, etag=sha256, size=identity[2])

    def _local(self, file: RemoteFile) -> LocalFile:
        identity, sha256 = self._hash(file.path)
        if (sha256, identity[2]) != (file.etag, file.size):
            raise _changed(file.path, self.root)
        return LocalFile(
            remote=file, path=self._folder / file.path, sha256=sha256, size=identity[2]
        )

    def _hash(self, path: str) -> tuple[Identity, str]:
        """Return a file's identity and SHA-256, reading it only if it is not the known one.

        Which of two contents a file has is never told by its time: a time that has not moved, with
        inode and size, only says that nobody has written since it was read.
        """
        full = self._folder / path
        try:
            identity = _identity(full)
            kind = kind_of(full.stat().st_mode)
            if kind:
                raise LandingError(
                    f"{visible(path)} below {self.root} is {kind}, no file.",
                    hint="deliver a file; a pattern of the source's means this name as well",
                )
            with self._lock:
                known = self._known.get(path) or self._digests.get(full)
            if known is None or known[0] != identity:
                known = (identity, sha256_of(full))
            if _identity(full) != identity:
                raise _changed(path, self.root)
        except OSError as error:
            raise LandingError(
                f"{visible(path)} below {self.root} cannot be read: {error.strerror}.",
                hint="check that the file is still there and that you may read it",
            ) from None
        with self._lock:
            self._known[path] = known
        return known


def _identity(path: Path) -> Identity:
    status = path.stat()
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _check_name(name: str) -> None:
    """Raise for a name that the ledger could not hold: bytes that are not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = name.encode(errors="backslashreplace").decode()
        raise LandingError(
            f"The name {visible(shown)} is not UTF-8.",
            hint="rename it, or set the locale to a UTF-8 one, or PYTHONUTF8=1",
        ) from None


def _changed(path: str, root: str) -> LandingError:
    return LandingError(
        f"{visible(path)} below {root} changed while it was being read.",
        hint="run again when whoever writes the file has finished",
    )
