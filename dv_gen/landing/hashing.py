"""SHA-256 and MD5 of files, in large reads."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dv_gen.filesystem import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_BLOCK = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex."""
    with open_regular(path, buffering=0) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()  # type: ignore[arg-type]  # it is raw


def etag_of(path: Path, *, part_size: int | None = None) -> str:
    """Return the ETag that S3 gives these bytes.

    Args:
        path: the file.
        part_size: bytes of each part of a multipart upload, or None for a plain upload.
    """
    if part_size is None:
        with path.open("rb", buffering=0) as handle:
            return hashlib.file_digest(handle, _md5).hexdigest()
    whole, parts = _md5(), 0
    with path.open("rb", buffering=0) as handle:
        while (part := _digest(handle.read, part_size)) is not None:
            whole.update(part)
            parts += 1
    return f"{whole.hexdigest()}-{parts}"


def _md5() -> hashlib._Hash:
    """Return an MD5 that is no security measure: S3 chose it."""
    return hashlib.md5(usedforsecurity=False)


def _digest(read: Callable[[int], bytes], size: int) -> bytes | None:
    """Return the MD5 of the next ``size`` bytes, or None at the end."""
    digest, left = _md5(), size
    while left and (block := read(min(_BLOCK, left))):
        digest.update(block)
        left -= len(block)
    return None if left == size else digest.digest()
