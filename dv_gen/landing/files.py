"""A file where it is delivered, and the same file on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.texttable import visible

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class RemoteFile:
    """A file as the listing shows it; these facts, never a time, tell whether it is loaded already.

    Attributes:
        root: ``s3://bucket/prefix``, or the folder as given.
        path: POSIX path relative to the root.
        etag: S3's ETag without quotes, or the SHA-256 of a local file's content.
        size: bytes, as delivered.
    """

    root: str
    path: str
    etag: str
    size: int

    @property
    def uri(self) -> str:
        """The whole address, for people and for the record source."""
        return f"{self.root.rstrip('/')}/{self.path}"

    @property
    def shown(self) -> str:
        """The whole address as messages name it, see `visible`."""
        return visible(self.uri)

    @property
    def shown_path(self) -> str:
        """The path below the root as messages name it."""
        return visible(self.path)


@dataclass(frozen=True)
class LocalFile:
    """A file on this machine.

    Attributes:
        remote: what it was fetched from.
        path: where it is now; the user's own file when the root is a folder.
        sha256: of the bytes as delivered, before decompression, in hex.
        size: bytes of ``path`` as it is now.
    """

    remote: RemoteFile
    path: Path
    sha256: str
    size: int


# a name of its own, since a method called ``list`` hides the built-in one in its class
FileList = list[RemoteFile]
