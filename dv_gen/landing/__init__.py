"""Landing files: list and fetch them, look at them, count their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dv_gen.errors import LandingError
from dv_gen.landing.csv_fields import Field, split_strictly
from dv_gen.landing.csv_format import CsvFormat
from dv_gen.landing.csv_lines import mixed_newline
from dv_gen.landing.files import FileList, LocalFile, RemoteFile
from dv_gen.landing.header import HeaderMatch, match_header, shown_names
from dv_gen.landing.local import LocalLanding
from dv_gen.landing.patterns import Pattern, matched_by_wildcards
from dv_gen.landing.plain_csv import PlainCsv, behind_header, plain_csv
from dv_gen.landing.prepare import MAX_UNPACKED, prepare
from dv_gen.landing.preview import preview
from dv_gen.landing.records import Record, contents, count_exactly, scan, unclosed_quote
from dv_gen.landing.shape import FileShape, inspect, read_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = [
    "MAX_UNPACKED",
    "CsvFormat",
    "Field",
    "FileShape",
    "HeaderMatch",
    "Landing",
    "LocalFile",
    "Pattern",
    "PlainCsv",
    "Record",
    "RemoteFile",
    "RemoteLanding",
    "behind_header",
    "contents",
    "count_exactly",
    "inspect",
    "match_header",
    "matched_by_wildcards",
    "mixed_newline",
    "open_landing",
    "plain_csv",
    "prepare",
    "preview",
    "read_header",
    "scan",
    "shown_names",
    "split_strictly",
    "unclosed_quote",
]


class Landing(Protocol):
    """A place where files are delivered."""

    root: str

    def list(self, pattern: str, *, ignore_case: bool = False) -> FileList:
        """List files, sorted by path.

        Args:
            pattern: an exact path below the root, a folder ending in ``/`` (every file below),
                or a glob (``*`` and ``?`` stop at ``/``, ``**`` does not, ``[..]``).
            ignore_case: whether upper and lower case are the same in the names of files.

        Raises:
            LandingError: an exact name is not there, or the place cannot be read.
        """
        ...

    def entries(self, folder: str) -> Iterator[str]:
        """Yield the paths of what lies in a folder, those of folders with a ``/`` at the end.

        Args:
            folder: relative to the root, empty for the root itself or ending in ``/``.

        Raises:
            LandingError: it cannot be listed.
        """
        ...

    def fetch(self, files: Sequence[RemoteFile], *, threads: int = 4) -> Iterator[LocalFile]:
        """Bring files to this machine and yield them in the order of ``files``.

        Args:
            files: what a listing gave.
            threads: how many files or parts of files are on their way at once.

        Raises:
            LandingError: a file cannot be fetched, or is another one than was listed.
        """
        ...

    def cleanup(self) -> None:
        """Remove what was fetched and prepared in the working folder, never a user's own file."""
        ...


@runtime_checkable
class RemoteLanding(Protocol):
    """A place that a database can fetch from as well: S3."""

    def head(self, file: RemoteFile) -> LocalFile:
        """Return the first lines of a file as a file.

        Raises:
            LandingError: it cannot be read, or is another one than was listed.
        """
        ...

    def check_unchanged(self, file: RemoteFile) -> None:
        """Make sure that a file is still the one that was listed.

        Raises:
            LandingError: it is not.
        """
        ...


def open_landing(
    root: str,
    *,
    endpoint: str | None = None,
    region: str | None = None,
    profile: str | None = None,
    working: Path,
) -> Landing:
    """Open the place where files are delivered; nothing is read or connected to yet.

    Args:
        root: ``s3://bucket/prefix`` or a folder.
        endpoint: the address of an S3 API other than AWS; ``AWS_ENDPOINT_URL`` if None.
        region: the bucket's region; the environment's or the profile's if None.
        profile: a profile of the AWS configuration files.
        working: a folder of ours; fetched files go below it, readable by this user only.

    Raises:
        LandingError: the root is neither an address of S3 nor a folder.
    """
    if root.lower().startswith("s3://"):
        bucket = root[5:].partition("/")[0]
        if "@" in bucket or (":" in bucket and not bucket.startswith("arn:")):
            # What stands there may be a key and its secret: it is not repeated.
            raise LandingError(
                "The landing root s3://... has more than a bucket before its first slash.",
                hint="write s3://bucket/prefix; credentials come from the AWS chain alone",
            )
        from dv_gen.landing.s3 import S3Landing  # noqa: PLC0415 - a folder needs none of it

        return S3Landing(
            f"s3://{root[5:]}",
            endpoint=endpoint,
            region=region,
            profile=profile,
            working=working,
        )
    if "://" in root:
        raise LandingError(
            f"The landing root {root.partition('://')[0]}://... is of a kind that is not known.",
            hint="write s3://bucket/prefix or the path of a folder",
        )
    return LocalLanding(root, working)
