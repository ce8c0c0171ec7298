"""A bucket as landing place: list below a prefix, fetch in parallel."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dv_gen.errors import LandingError
from dv_gen.landing.files import RemoteFile
from dv_gen.landing.patterns import Pattern, check_found, missing
from dv_gen.landing.s3_errors import Where
from dv_gen.landing.s3_fetch import fetch_all
from dv_gen.landing.s3_head import check_unchanged, fetch_head
from dv_gen.landing.store import remove_fetched, remove_prepared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dv_gen.landing.files import FileList, LocalFile

MAX_THREADS = 32
_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_RETRIES = 5
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class S3Landing:
    """Files below ``s3://bucket/prefix``.

    Args:
        root: the address; a trailing ``/`` makes no difference.
        endpoint: the address of an S3 API; ``AWS_ENDPOINT_URL`` or AWS itself if None.
        region: the bucket's region; the environment's or the profile's if None.
        profile: a profile of the AWS configuration files.
        working: the folder to fetch into.
    """

    def __init__(
        self,
        root: str,
        *,
        endpoint: str | None,
        region: str | None,
        profile: str | None,
        working: Path,
    ) -> None:
        self._bucket, _, prefix = root.removeprefix("s3://").rstrip("/").partition("/")
        self.root = f"s3://{self._bucket}/{prefix}" if prefix else f"s3://{self._bucket}"
        self._prefix = f"{prefix}/" if prefix else ""
        self._working = working
        self._where = Where(self._bucket, endpoint or _endpoint_of_environment(), region, profile)
        self._endpoint = endpoint
        if not self._bucket:
            raise LandingError(
                f"{root} names no bucket.", hint="write the landing root as s3://bucket/prefix"
            )

    def list(self, pattern: str, *, ignore_case: bool = False) -> FileList:
        """List what the pattern means, sorted by path; see the protocol."""
        wanted = Pattern(pattern, ignore_case)
        if wanted.is_exact:
            found = next(self._below(wanted.text, keys=1), None)
            if found is None or found.path != wanted.text:
                others = self._below(wanted.folder, keys=1000, pages=1)
                raise missing(wanted, self.root, (file.path for file in others))
            return [found]
        files = (file for file in self._below(wanted.fixed) if wanted.matches(file.path))
        ordered = sorted(files, key=lambda file: file.path)
        check_found(wanted, self.root, [file.path for file in ordered])
        return ordered

    def fetch(self, files: Sequence[RemoteFile], *, threads: int = 4) -> Iterator[LocalFile]:
        """Download in parallel and yield in the order asked for; see the protocol."""
        return fetch_all(
            self._client,
            self._where,
            [(file, self._prefix + file.path) for file in files],
            working=self._working,
            threads=max(1, min(threads, MAX_THREADS)),
        )

    def head(self, file: RemoteFile) -> LocalFile:
        """Return the first lines of a file as a file, for those that the database reads by itself.

        Raises:
            LandingError: it cannot be read, or is another one than was listed.
        """
        key = self._prefix + file.path
        return fetch_head(self._client, self._where, file, key, self._working)

    def check_unchanged(self, file: RemoteFile) -> None:
        """Make sure that a file is still the one that was listed.

        Raises:
            LandingError: it is not.
        """
        check_unchanged(self._client, self._where, file, self._prefix + file.path)

    def cleanup(self) -> None:
        """Remove everything fetched into and prepared in the working folder."""
        remove_fetched(self._working)
        remove_prepared(self._working)
        if "_client" in self.__dict__:
            self._client.close()
            del self._client

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its classes while running
        """The client, made when first needed: importing boto3 takes 0.4 s."""
        import boto3  # noqa: PLC0415 - see above
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        for name in _CREDENTIALS:
            # A header cannot hold it, and boto3 would not say so.
            if not os.environ.get(name, "").isascii():
                raise LandingError(
                    f"{name} is not ASCII.", hint="set it as AWS gave it, without anything around"
                )
        try:
            session = boto3.session.Session(
                profile_name=self._where.profile, region_name=self._where.region
            )
            return session.client(
                "s3",
                endpoint_url=self._endpoint,
                config=Config(
                    retries={"mode": "standard", "max_attempts": _RETRIES},
                    connect_timeout=_CONNECT_SECONDS,
                    read_timeout=_READ_SECONDS,
                    max_pool_connections=MAX_THREADS,
                    response_checksum_validation="when_required",
                ),
            )
        except (BotoCoreError, ValueError) as error:
            raise self._where.explain(error) from None

    def entries(self, folder: str) -> Iterator[str]:
        """Yield what lies in a folder, folders with a ``/`` at the end; see the protocol.

        A request gives a thousand of them, in the order of their names.
        """
        for page in self._pages(folder, {"Delimiter": "/"}, {"PageSize": 1000}):
            keys = [item["Key"] for item in page.get("Contents", ())]
            keys += [item["Prefix"] for item in page.get("CommonPrefixes", ())]
            for key in sorted(keys):
                path = key.removeprefix(self._prefix)
                if path != folder:
                    yield path

    def _below(
        self, start: str, *, keys: int = 1000, pages: int | None = None
    ) -> Iterator[RemoteFile]:
        """Yield the files whose path begins with ``start``, page by page."""
        size = {"PageSize": keys, "MaxItems": keys * pages if pages else None}
        for page in self._pages(start, {}, size):
            for item in page.get("Contents", ()):
                path = item["Key"].removeprefix(self._prefix)
                if path and not path.endswith("/"):
                    yield RemoteFile(self.root, path, item["ETag"].strip('"'), item["Size"])

    def _pages(
        self, start: str, asked: dict[str, str], size: dict[str, int | None]
    ) -> Iterator[dict[str, Any]]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield from self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + start, PaginationConfig=size, **asked
            )
        except (BotoCoreError, ClientError, ValueError) as error:
            raise self._where.explain(error) from None


def _endpoint_of_environment() -> str | None:
    """Return the endpoint that boto3 will take from the environment, to name it in messages."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
