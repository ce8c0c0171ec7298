"""The beginning of an object, for files that the database reads by itself."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any

from dv_gen.errors import LandingError
from dv_gen.landing.files import LocalFile
from dv_gen.landing.store import fetched_place, replacing

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.landing.files import RemoteFile
    from dv_gen.landing.s3_errors import Where

_BYTES = 1 << 16
# A few bytes may stand for a thousand times as many.
_UNPACKED = 1 << 20
_GZIP = b"\x1f\x8b"
_ANY_FORMAT = 32 + zlib.MAX_WBITS


def fetch_head(client: Any, where: Where, file: RemoteFile, key: str, working: Path) -> LocalFile:  # noqa: ANN401 - boto3 makes its classes while running
    """Return the first lines of an object as a file; the last of them is whole.

    Args:
        client: boto3's.
        where: the bucket, for messages.
        file: what a listing gave.
        key: its whole key.
        working: a folder of ours.

    Returns:
        The file, decompressed if need be; it has no SHA-256, since nobody has read all of it.

    Raises:
        LandingError: it cannot be read, or is another one than was listed.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - slow to import

    asked = {"Range": f"bytes=0-{_BYTES - 1}"} if file.size else {}
    try:
        answer = client.get_object(Bucket=where.bucket, Key=key, IfMatch=f'"{file.etag}"', **asked)
        found: bytes = answer["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise where.explain(error, key) from None
    is_cut = file.size > _BYTES
    if found.startswith(_GZIP):
        try:
            unpacked = zlib.decompressobj(_ANY_FORMAT)
            found = unpacked.decompress(found, _UNPACKED)
            is_cut |= bool(unpacked.unconsumed_tail)
        except zlib.error:
            raise LandingError(
                f"{file.shown_path} is damaged: it cannot be decompressed.", hint="deliver it again"
            ) from None
    if is_cut:
        found = found[: found.rfind(b"\n") + 1]
    identity = hashlib.sha256(repr((where.bucket, key, file.etag, "head")).encode()).hexdigest()
    target = fetched_place(working, identity, file.path)
    with replacing(target) as out:
        out.write(found)
    return LocalFile(file, target, "", len(found))


def check_unchanged(client: Any, where: Where, file: RemoteFile, key: str) -> None:  # noqa: ANN401 - see above
    """Make sure that an object is still the one that was listed.

    Raises:
        LandingError: it is not.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above

    try:
        client.head_object(Bucket=where.bucket, Key=key, IfMatch=f'"{file.etag}"')
    except (BotoCoreError, ClientError) as error:
        raise where.explain(error, key) from None
