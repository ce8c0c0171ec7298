"""Is a downloaded file what S3 holds: its size, and its MD5 as far as the ETag tells it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dv_gen.errors import LandingError
from dv_gen.landing.hashing import etag_of
from dv_gen.landing.s3_part import uploaded_part_size

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.landing.files import RemoteFile
    from dv_gen.landing.s3_part import Source

_PLAIN = re.compile(r"[0-9a-f]{32}")
_MULTIPART = re.compile(r"[0-9a-f]{32}-([0-9]+)")


def verify(source: Source, path: Path, remote: RemoteFile, *, encrypted: bool) -> None:
    """Compare size and, where the ETag can be derived from the bytes, the ETag.

    An ETag is the MD5 of a plain upload, and the MD5 of the parts' MD5s of a multipart one; with
    keys of KMS or of the customer it is neither.

    Raises:
        LandingError: the bytes are not those that S3 announced.
    """
    size = path.stat().st_size
    if size != remote.size:
        raise _differs(source, f"{size} bytes came where {remote.size} were announced")
    if encrypted:
        return
    if _PLAIN.fullmatch(remote.etag):
        if etag_of(path) != remote.etag:
            raise _differs(source, "their MD5 is not the ETag")
    elif multipart := _MULTIPART.fullmatch(remote.etag):
        count = int(multipart[1])
        part_size = _part_size(source, remote.size, count)
        if part_size and etag_of(path, part_size=part_size) != remote.etag:
            raise _differs(source, "the MD5 of their parts is not the ETag")


def _part_size(source: Source, size: int, count: int) -> int | None:
    """Return the size of an upload's parts if the server tells and all but the last are equal."""
    first = uploaded_part_size(source, 1)
    if not first or -(-size // first) != count:
        return None
    last = uploaded_part_size(source, count)
    return first if last == size - first * (count - 1) else None


def _differs(source: Source, how: str) -> LandingError:
    return LandingError(
        f"The bytes that came for {source.shown} in the bucket {source.where.bucket} are not those "
        f"that S3 holds: {how}.",
        hint="run again; if it happens again, upload the file anew",
    )
