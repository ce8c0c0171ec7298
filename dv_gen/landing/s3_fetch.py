"""Download objects: parts in parallel, verified, delivered in order."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from dv_gen.errors import LandingError
from dv_gen.landing.files import LocalFile
from dv_gen.landing.hashing import sha256_of
from dv_gen.landing.s3_part import Source, get_part
from dv_gen.landing.s3_partial import Partial
from dv_gen.landing.s3_verify import verify
from dv_gen.landing.store import fetched_place, read_note, unwritable, write_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dv_gen.landing.files import RemoteFile
    from dv_gen.landing.s3_errors import Where
    from dv_gen.landing.s3_part import Part


def fetch_all(
    client: Any,  # noqa: ANN401 - boto3 makes its classes while running
    where: Where,
    files: Sequence[tuple[RemoteFile, str]],
    *,
    working: Path,
    threads: int,
) -> Iterator[LocalFile]:
    """Download objects and yield them in order, each as soon as it is whole and verified.

    Args:
        client: a boto3 S3 client.
        where: the bucket, for messages.
        files: what to fetch, with the whole key of each.
        working: the folder to fetch into.
        threads: how many parts, of one object or of several, are on their way at once.

    Raises:
        LandingError: an object cannot be fetched, or is not what was listed.
    """
    stop = threading.Event()
    downloads = [
        _Download(Source(client, where, key, file.etag), file, working, stop) for file, key in files
    ]
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fetch")
    try:
        waiting = [[pool.submit(step, *of) for step, *of in each.steps()] for each in downloads]
        for futures in waiting:
            yield from [done for future in futures if (done := future.result()) is not None]
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        for download in downloads:
            download.tidy()


class _Download:
    """One object on its way."""

    def __init__(
        self, source: Source, remote: RemoteFile, working: Path, stop: threading.Event
    ) -> None:
        facts = (source.where.endpoint, source.where.bucket, source.key, remote.etag, remote.size)
        identity = hashlib.sha256(repr(facts).encode()).hexdigest()
        self._source = source
        self._remote = remote
        self._stop = stop
        self._lock = threading.Lock()
        self._target = fetched_place(working, identity, source.key)
        self._partial = Partial(self._target, remote)
        self._left = 0

    @property
    def _note(self) -> Path:
        return self._target.with_name(f"{self._target.name}.json")

    def steps(self) -> list[tuple[Any, ...]]:
        """Return the functions, each with its arguments, one of which gives the whole file."""
        kept = self._kept()
        if kept is not None:
            return [(lambda: kept,)]  # nothing is left to do
        missing = self._partial.missing()
        self._left = len(missing)
        return [(self._get, part) for part in missing] or [(self._finish,)]

    def tidy(self) -> None:
        """Remove the partial file if it is of no more use."""
        if self._partial.useless:
            self._partial.remove()

    def _kept(self) -> LocalFile | None:
        """Return the file of an earlier run, if it is there and intact."""
        note = read_note(self._note)
        try:
            intact = (
                (note.get("etag"), note.get("size")) == (self._remote.etag, self._remote.size)
                and self._target.stat().st_size == self._remote.size
                and sha256_of(self._target) == note.get("sha256")
            )
        except OSError:
            return None
        return self._local(note["sha256"]) if intact else None

    def _get(self, part: Part) -> LocalFile | None:
        """Fetch one part; whoever fetches the last one finishes the file."""
        if self._stop.is_set():
            return None
        try:
            with self._partial.opened() as descriptor:
                arrived = get_part(self._source, part, descriptor, self._stop.is_set)
        except OSError as error:
            self._partial.useless = True
            self._stop.set()
            raise unwritable(self._target.parent, error) from None
        if arrived is None:
            return None
        with self._lock:
            try:
                self._partial.record(part, arrived)
            except LandingError:
                self._partial.useless = True
                raise
            self._left -= 1
            last = self._left == 0
        return self._finish() if last else None

    def _finish(self) -> LocalFile:
        """Verify the whole, note its SHA-256 and give it its name."""
        path = self._partial.path
        try:
            verify(self._source, path, self._remote, encrypted=self._partial.encrypted)
        except LandingError:
            self._partial.useless = True
            raise
        sha256 = sha256_of(path)
        note = {"etag": self._remote.etag, "size": self._remote.size, "sha256": sha256}
        write_note(self._note, note)
        path.replace(self._target)
        self._partial.remove()
        return self._local(sha256)

    def _local(self, sha256: str) -> LocalFile:
        return LocalFile(self._remote, self._target, sha256, self._remote.size)
