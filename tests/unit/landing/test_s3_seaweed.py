"""The same against an independent S3 server, which checks credentials."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import LandingError
from dv_gen.landing import open_landing
from tests.e2e.s3_servers import S3Server, seaweed_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with seaweed_server(tmp_path_factory.mktemp("weed")) as server:
        client = server.client()
        client.put_object(Bucket="landing", Key="in/users.csv", Body=b"id\n1\n")
        client.put_object(Bucket="landing", Key="in/large.csv", Body=b"0123456\n" * 5 * MEBIBYTE)
        client.close()
        yield server


def test_files_are_listed_and_fetched(
    weed: S3Server, aws: Callable[[S3Server], None], tmp_path: Path
) -> None:
    aws(weed)
    landing = open_landing("s3://landing/in", working=tmp_path)
    large, users = landing.fetch(landing.list("*.csv"))
    assert users.path.read_bytes() == b"id\n1\n"
    assert large.size == 40 * MEBIBYTE
    assert large.sha256 == hashlib.sha256(b"0123456\n" * 5 * MEBIBYTE).hexdigest()
    landing.cleanup()
    assert not users.path.exists()


def test_a_multipart_upload_is_verified_by_its_parts(
    weed: S3Server, aws: Callable[[S3Server], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws(weed)
    client = weed.client()
    name = {"Bucket": "landing", "Key": "in/parts.txt"}
    upload = client.create_multipart_upload(**name)["UploadId"]
    bodies = [b"1" * 5 * MEBIBYTE, b"2" * 5 * MEBIBYTE, b"3\n"]
    tags = [
        client.upload_part(**name, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        for number, body in enumerate(bodies, start=1)
    ]
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, start=1)]
    client.complete_multipart_upload(**name, UploadId=upload, MultipartUpload={"Parts": parts})
    client.close()
    landing = open_landing("s3://landing/in", working=tmp_path)
    files = landing.list("parts.txt")
    (file,) = landing.fetch(files)
    assert file.sha256 == hashlib.sha256(b"".join(bodies)).hexdigest()

    file.path.unlink()
    pwrite = os.pwrite
    monkeypatch.setattr(
        "dv_gen.landing.s3_part.os.pwrite",
        lambda descriptor, block, place: pwrite(descriptor, b"w" * len(block), place),
    )
    with pytest.raises(LandingError, match="the MD5 of their parts is not the ETag"):
        list(landing.fetch(files))
    landing.cleanup()


def test_a_replaced_file_is_noticed(
    weed: S3Server, aws: Callable[[S3Server], None], tmp_path: Path
) -> None:
    aws(weed)
    client = weed.client()
    client.put_object(Bucket="landing", Key="in/changing.txt", Body=b"old")
    landing = open_landing("s3://landing/in", working=tmp_path)
    files = landing.list("changing.txt")
    client.put_object(Bucket="landing", Key="in/changing.txt", Body=b"new")
    client.close()
    with pytest.raises(LandingError, match=r"in/changing\.txt .* was replaced .* run again"):
        list(landing.fetch(files))
    landing.cleanup()


WRONG = {
    "AWS_SECRET_ACCESS_KEY": "The secret does not belong to the access key (the bucket landing).",
    "AWS_ACCESS_KEY_ID": "The access key is unknown to S3 (the bucket landing).",
}


@pytest.mark.parametrize("variable", WRONG)
def test_wrong_credentials_are_refused_without_being_repeated(
    weed: S3Server,
    aws: Callable[[S3Server], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    aws(weed)
    monkeypatch.setenv(variable, "entirely-wrong")
    landing = open_landing("s3://landing/in", working=tmp_path)
    with pytest.raises(LandingError) as caught:
        landing.list("users.csv")
    landing.cleanup()
    assert caught.value.message == WRONG[variable]
    assert "entirely-wrong" not in str(caught.value)
    assert "weed" not in str(caught.value)
