"""One part of an object: fetched by range, taken up again where a connection broke."""

from __future__ import annotations

import os
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.errors import LandingError
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from dv_gen.landing.s3_errors import Where

_BLOCK = 1 << 20
_BREAKS = 5
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Part:
    """Bytes ``first`` to ``first + length - 1`` of an object; ``whole`` if that is all of it."""

    index: int
    first: int
    length: int
    whole: bool


@dataclass(frozen=True)
class Source:
    """Where parts come from: the client, the bucket, the object and its ETag."""

    client: Any
    where: Where
    key: str
    etag: str

    @property
    def shown(self) -> str:
        """The key as messages name it."""
        return visible(self.key)

    def explain(self, error: Exception) -> LandingError:
        """Return the sentence for an exception of boto3 about this object."""
        return self.where.explain(error, self.key)


@dataclass(frozen=True)
class Arrived:
    """What came: the CRC-32 of the part, and whether its ETag is no MD5 because of encryption."""

    crc32: int
    encrypted: bool


def parts_of(size: int, part_size: int) -> list[Part]:
    """Cut an object of ``size`` bytes; an empty one has one empty part."""
    starts = range(0, max(size, 1), part_size)
    return [
        Part(index, first, min(part_size, size - first), whole=len(starts) == 1)
        for index, first in enumerate(starts)
    ]


def get_part(
    source: Source, part: Part, descriptor: int, stopped: Callable[[], bool]
) -> Arrived | None:
    """Write one part into the file at its place; None if the whole fetch has been stopped.

    A body that breaks off is asked for again from the byte reached, five times. Errors of the
    API have been retried by boto3 already.

    Raises:
        LandingError: the part cannot be fetched, or the object is another one by now.
        OSError: the file cannot be written.
    """
    from botocore.exceptions import (  # noqa: PLC0415 - importing botocore takes time
        BotoCoreError,
        ClientError,
        FlexibleChecksumError,
        HTTPClientError,
        IncompleteReadError,
    )
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    writer = _Writer(part, descriptor)
    for breaks in range(_BREAKS + 1):
        try:
            body = _open(source, part, writer)
        except (BotoCoreError, ClientError) as error:
            raise source.explain(error) from None
        try:
            while block := body.read(_BLOCK):
                if stopped():
                    return None
                writer.write(block)
            if writer.left == 0:
                return Arrived(writer.crc32, writer.encrypted)
            broken: Exception = EOFError()
        except FlexibleChecksumError as error:
            broken = error
            writer.rewind()
        except (HTTPClientError, IncompleteReadError, HTTPError) as error:
            broken = error
        finally:
            body.close()
        time.sleep(_PAUSE_SECONDS * breaks)
    raise LandingError(
        f"The connection broke {_BREAKS + 1} times while {source.shown} in the bucket "
        f"{source.where.bucket} was fetched ({type(broken).__name__}).",
        hint="check the network and run again: what was fetched is kept",
    )


class _Writer:
    """Writes a part's bytes where they belong and knows how far it is."""

    def __init__(self, part: Part, descriptor: int) -> None:
        self._part = part
        self._descriptor = descriptor
        self.encrypted = False
        self.rewind()

    def rewind(self) -> None:
        """Begin again at the part's first byte."""
        self.position = self._part.first
        self.crc32 = 0

    @property
    def left(self) -> int:
        """How many bytes are still to come."""
        return self._part.first + self._part.length - self.position

    def write(self, block: bytes) -> None:
        """Write the next bytes, never past the part's end."""
        view = memoryview(block)[: self.left]
        self.crc32 = zlib.crc32(view, self.crc32)
        while view:
            written = os.pwrite(self._descriptor, view, self.position)
            self.position += written
            view = view[written:]


def _open(source: Source, part: Part, writer: _Writer) -> Any:  # noqa: ANN401 - a boto3 body
    """Ask for what is left of the part; the object must still be the listed one."""
    asked: dict[str, str] = {"IfMatch": f'"{source.etag}"'}
    if part.whole and writer.position == part.first:
        asked["ChecksumMode"] = "ENABLED"
    else:
        asked["Range"] = f"bytes={writer.position}-{part.first + part.length - 1}"
    answer = source.client.get_object(Bucket=source.where.bucket, Key=source.key, **asked)
    if answer["ContentLength"] != writer.left:
        answer["Body"].close()
        raise LandingError(
            f"S3 sent {answer['ContentLength']} bytes of {source.shown} in the bucket "
            f"{source.where.bucket} where {writer.left} were asked for.",
            hint="check that the endpoint supports ranges; otherwise the file was replaced",
        )
    encryption = str(answer.get("ServerSideEncryption", ""))
    writer.encrypted = encryption.startswith("aws:kms") or "SSECustomerAlgorithm" in answer
    return answer["Body"]


def uploaded_part_size(source: Source, number: int) -> int | None:
    """Return the bytes of one part of a multipart upload, or None if the server does not tell."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        answer = source.client.head_object(
            Bucket=source.where.bucket,
            Key=source.key,
            PartNumber=number,
            IfMatch=f'"{source.etag}"',
        )
    except (BotoCoreError, ClientError):
        return None
    return int(answer["ContentLength"])
