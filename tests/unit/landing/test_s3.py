"""What fetching from S3 promises, against a real S3 API in this process."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import LandingError, MissingFileError
from dv_gen.landing import RemoteFile, open_landing
from tests.e2e.s3_servers import S3Server, bad_line, fill_moto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.client import BaseClient

    from dv_gen.landing import Landing

MEBIBYTE = 1 << 20


def content(size: int) -> bytes:
    """Bytes that differ from megabyte to megabyte, so that a misplaced part shows."""
    block = b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(MEBIBYTE // 32))
    return b"".join(bytes([n % 251]) + block[1:] for n in range(-(-size // MEBIBYTE)))[:size]


@pytest.fixture
def landing(s3: BaseClient, tmp_path: Path) -> Iterator[Landing]:
    assert s3  # the environment points at it
    landing = open_landing("s3://landing/in", working=tmp_path / "work")
    yield landing
    landing.cleanup()


def put(s3: BaseClient, key: str, body: bytes = b"a,b\n1,2\n") -> None:
    s3.put_object(Bucket="landing", Key=key, Body=body)


def test_listing_goes_on_beyond_a_thousand_keys(landing: Landing) -> None:
    fill_moto("landing", {f"in/many/{number:04}.csv": b"x" for number in range(1005)})
    files = landing.list("many/")
    assert len(files) == 1005
    assert files[1004].path == "many/1004.csv"


def test_an_exact_name_lists_that_file_only(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/users.csv")
    put(s3, "in/users.csv.old")
    assert landing.list("users.csv") == [
        RemoteFile("s3://landing/in", "users.csv", hashlib.md5(b"a,b\n1,2\n").hexdigest(), 8)
    ]
    assert landing.list("users.csv")[0].uri == "s3://landing/in/users.csv"


def test_a_missing_name_suggests_the_nearest(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/day/users.csv")
    put(s3, "in/day/groups.csv")
    with pytest.raises(LandingError) as caught:
        landing.list("day/user.csv")
    assert caught.value.message == "There is no file day/user.csv below s3://landing/in."
    assert caught.value.hint == "did you mean day/users.csv?"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.csv", ["a.csv", "b.csv"]),
        ("?.csv", ["a.csv", "b.csv"]),
        ("[!a].csv", ["b.csv"]),
        ("day/*.csv", ["day/c.csv"]),
        ("day/**", ["day/c.csv", "day/x/d.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "day/c.csv", "day/x/d.csv"]),
        ("day/", ["day/c.csv", "day/x/d.csv"]),
        ("night/*", []),
    ],
)
def test_patterns_stop_at_folders_unless_told_otherwise(
    s3: BaseClient, landing: Landing, pattern: str, found: list[str]
) -> None:
    for name in ("b.csv", "a.csv", "day/c.csv", "day/x/d.csv", "day/", "day/e.csv.part", ".f.csv"):
        put(s3, f"in/{name}")
    assert [file.path for file in landing.list(pattern)] == found


def test_entries_are_those_of_one_folder(s3: BaseClient, landing: Landing) -> None:
    """Beyond a thousand too; a folder's own mark is none of them."""
    for name in ("b.csv", "day/", "day/c.csv", "day/x/d.csv", "night/"):
        put(s3, f"in/{name}")
    put(s3, "out.csv")
    assert list(landing.entries("")) == ["b.csv", "day/", "night/"]
    assert list(landing.entries("day/")) == ["day/c.csv", "day/x/"]
    fill_moto("landing", {f"in/many/{number:04}.csv": b"x" for number in range(1005)})
    assert len(list(landing.entries("many/"))) == 1005


def test_upper_and_lower_case_may_be_the_same_in_names(s3: BaseClient, landing: Landing) -> None:
    for name in ("Day/users-1.CSV", "Day/Users-2.csv", "day/users-3.csv"):
        put(s3, f"in/{name}")
    found = landing.list("Day/users-*.csv", ignore_case=True)
    assert [file.path for file in found] == ["Day/Users-2.csv", "Day/users-1.CSV"]
    assert [file.path for file in landing.list("Day/USERS-1.csv", ignore_case=True)] == [
        "Day/users-1.CSV"
    ]
    with pytest.raises(MissingFileError):
        landing.list("Day/users.csv", ignore_case=True)


def test_files_arrive_in_the_order_asked_for_and_for_this_user_only(
    s3: BaseClient, landing: Landing
) -> None:
    for number in range(12):
        put(s3, f"in/{number:02}.csv", b"n\n%d\n" % number)
    files = landing.list("*.csv")[::-1]
    fetched = list(landing.fetch(files, threads=8))
    assert [file.remote for file in fetched] == files
    assert fetched[0].path.read_bytes() == b"n\n11\n"
    assert fetched[0].sha256 == hashlib.sha256(b"n\n11\n").hexdigest()
    assert stat.S_IMODE(fetched[0].path.stat().st_mode) == 0o600
    assert stat.S_IMODE(fetched[0].path.parent.stat().st_mode) == 0o700


def test_an_empty_object_arrives_empty(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/none.csv", b"")
    (file,) = landing.fetch(landing.list("none.csv"))
    assert file.path.read_bytes() == b""
    assert file.size == 0


def test_one_name_in_two_folders_gives_two_files(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/a/users.csv", b"same")
    put(s3, "in/b/users.csv", b"same")
    first, second = landing.fetch(landing.list("**/users.csv"))
    assert first.path != second.path


def test_a_large_object_comes_in_parts(s3: BaseClient, landing: Landing, moto: S3Server) -> None:
    body = content(40 * MEBIBYTE)
    put(s3, "in/large.csv", body)
    with bad_line(moto) as line:
        through = open_landing("s3://landing/in", endpoint=line.endpoint, working=_work(landing))
        (file,) = through.fetch(through.list("large.csv"))
        gets = [request for request in line.requests if request.startswith("GET /landing/in/")]
        assert file.path.read_bytes() == body
        assert len(gets) == 3
        through.cleanup()


def _work(landing: Landing) -> Path:
    return landing._working  # type: ignore[attr-defined]


def test_a_multipart_upload_arrives_though_its_etag_is_no_md5(
    s3: BaseClient, landing: Landing
) -> None:
    upload = s3.create_multipart_upload(Bucket="landing", Key="in/parts.csv")["UploadId"]
    body = content(7 * MEBIBYTE)
    pieces = [body[: 5 * MEBIBYTE], body[5 * MEBIBYTE :]]
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(
                Bucket="landing",
                Key="in/parts.csv",
                UploadId=upload,
                PartNumber=number,
                Body=piece,
            )["ETag"],
        }
        for number, piece in enumerate(pieces, start=1)
    ]
    s3.complete_multipart_upload(
        Bucket="landing", Key="in/parts.csv", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    (file,) = landing.fetch(landing.list("parts.csv"))
    assert file.remote.etag.endswith("-2")
    assert file.sha256 == hashlib.sha256(body).hexdigest()


def test_a_file_replaced_after_the_listing_is_noticed(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/users.csv", b"old")
    files = landing.list("users.csv")
    put(s3, "in/users.csv", b"new")
    with pytest.raises(LandingError, match=r"in/users\.csv .* was replaced .* run again"):
        list(landing.fetch(files))


def test_a_file_removed_after_the_listing_is_noticed(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/users.csv")
    files = landing.list("users.csv")
    s3.delete_object(Bucket="landing", Key="in/users.csv")
    with pytest.raises(LandingError, match=r"There is no in/users\.csv in the bucket landing"):
        list(landing.fetch(files))


def test_files_before_a_broken_one_still_arrive(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/a.csv")
    put(s3, "in/b.csv")
    files = landing.list("*.csv")
    s3.delete_object(Bucket="landing", Key="in/b.csv")
    arriving = landing.fetch(files)
    assert next(arriving).remote.path == "a.csv"
    with pytest.raises(LandingError, match=r"in/b\.csv"):
        next(arriving)


def test_a_whole_file_of_an_earlier_run_is_used_again(
    s3: BaseClient, landing: Landing, moto: S3Server
) -> None:
    put(s3, "in/users.csv", b"kept")
    with bad_line(moto) as line:
        again = open_landing("s3://landing/in", endpoint=line.endpoint, working=_work(landing))
        files = again.list("users.csv")
        first = list(again.fetch(files))
        seen = len(line.requests)
        assert list(again.fetch(files)) == first
        assert len(line.requests) == seen


def test_a_damaged_file_of_an_earlier_run_is_fetched_anew(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/users.csv", b"right")
    files = landing.list("users.csv")
    (file,) = landing.fetch(files)
    file.path.write_bytes(b"wrong")
    (again,) = landing.fetch(files)
    assert again.path.read_bytes() == b"right"


def test_a_fetch_that_was_cut_off_goes_on_where_it_was(
    s3: BaseClient, landing: Landing, moto: S3Server
) -> None:
    """Of three parts two are cut; each is asked for again, from the byte it had reached."""
    body = content(40 * MEBIBYTE)
    put(s3, "in/large.csv", body)
    with bad_line(moto) as line:
        through = open_landing("s3://landing/in", endpoint=line.endpoint, working=_work(landing))
        files = through.list("large.csv")
        arriving = through.fetch(files, threads=1)
        line.cut_after, line.cuts = 9 * MEBIBYTE, 2
        assert next(arriving).path.read_bytes() == body
        gets = [request for request in line.requests if request.startswith("GET /landing/in/")]
        assert len(gets) == 5


def test_the_parts_of_an_earlier_run_are_kept_if_they_are_intact(
    s3: BaseClient, landing: Landing, moto: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = content(40 * MEBIBYTE)
    put(s3, "in/large.csv", body)
    files = landing.list("large.csv")
    with monkeypatch.context() as patch:
        patch.setattr("dv_gen.landing.s3_fetch.verify", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            list(landing.fetch(files))
    (partial,) = _work(landing).rglob("*.part")
    with partial.open("r+b") as damaged:
        damaged.seek(20 * MEBIBYTE)
        damaged.write(b"damage in the second part")
    with bad_line(moto) as line:
        # the endpoint is part of a file's place, so the relay has to answer under its name
        again = open_landing("s3://landing/in", working=_work(landing))
        again._endpoint = line.endpoint  # type: ignore[attr-defined]
        (file,) = again.fetch(files)
        assert file.path.read_bytes() == body
        assert len(line.requests) == 1
        assert not list(_work(landing).rglob("*.part*"))


def _interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_partial_file_of_another_etag_is_not_used(s3: BaseClient, landing: Landing) -> None:
    put(s3, "in/large.csv", content(17 * MEBIBYTE))
    files = landing.list("large.csv")
    (file,) = landing.fetch(files)
    seed = file.path.with_name(f"{file.path.name}.part")
    seed.write_bytes(b"x" * files[0].size)
    seed.with_name(f"{seed.name}.json").write_text('{"etag": "other", "parts": {"0": 0, "1": 0}}')
    file.path.unlink()
    (again,) = landing.fetch(files)
    assert again.path.read_bytes() == content(17 * MEBIBYTE)


def test_a_line_that_always_breaks_gives_up_after_six_times(
    s3: BaseClient, landing: Landing, moto: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dv_gen.landing.s3_part._PAUSE_SECONDS", 0)
    put(s3, "in/users.csv", content(MEBIBYTE))
    with bad_line(moto) as line:
        through = open_landing("s3://landing/in", endpoint=line.endpoint, working=_work(landing))
        files = through.list("users.csv")
        line.cut_after, line.cuts = 2000, 100
        with pytest.raises(LandingError, match=r"broke 6 times while in/users\.csv in the bucket"):
            list(through.fetch(files))


def test_throttling_that_ends_is_not_noticed(
    s3: BaseClient, landing: Landing, moto: S3Server
) -> None:
    put(s3, "in/users.csv")
    with bad_line(moto) as line:
        through = open_landing("s3://landing/in", endpoint=line.endpoint, working=_work(landing))
        files = through.list("users.csv")
        line.refuse = 2
        assert len(list(through.fetch(files))) == 1


def test_throttling_that_does_not_end_is_one_sentence(
    s3: BaseClient, landing: Landing, moto: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", _no_delay)
    put(s3, "in/users.csv")
    with bad_line(moto) as line:
        through = open_landing("s3://landing/in", endpoint=line.endpoint, working=_work(landing))
        line.refuse = 1000
        with pytest.raises(LandingError, match="S3 asked to slow down and did not stop asking"):
            through.list("users.csv")
        assert len(line.requests) == 6  # the first and five retries


def _no_delay(*_: object, **__: object) -> float:
    return 0.0


def test_a_full_disk_is_one_sentence_and_leaves_no_partial_file(
    s3: BaseClient, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, "in/users.csv")
    files = landing.list("users.csv")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("dv_gen.landing.s3_part.os.pwrite", full)
    with pytest.raises(LandingError, match=r"^The disk of .* is full\."):
        list(landing.fetch(files))
    assert not list(_work(landing).rglob("*.part*"))


def test_other_bytes_than_announced_are_noticed(
    s3: BaseClient, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, "in/users.csv", b"right")
    files = landing.list("users.csv")
    pwrite = os.pwrite
    monkeypatch.setattr(
        "dv_gen.landing.s3_part.os.pwrite",
        lambda descriptor, block, place: pwrite(descriptor, b"w" * len(block), place),
    )
    with pytest.raises(LandingError, match="are not those that S3 holds: their MD5"):
        list(landing.fetch(files))
    assert not list(_work(landing).rglob("*.part*"))


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there_is_named(tmp_path: Path) -> None:
    nowhere = open_landing("s3://no-such-bucket", working=tmp_path)
    with pytest.raises(LandingError, match=r"^There is no bucket no-such-bucket\.") as caught:
        nowhere.list("users.csv")
    nowhere.cleanup()
    assert "moto-secret" not in str(caught.value)


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"root": "s3://Bad_Bucket!/x"}, "Bad_Bucket! cannot be the name of a bucket."),
        ({"profile": "nobody"}, "There is no AWS profile nobody."),
        (
            {"endpoint": "http://user:hidden@127.0.0.1:1"},
            "The S3 endpoint http://127.0.0.1:1 cannot be reached.",
        ),
        ({"endpoint": "nonsense"}, "given cannot be an S3 endpoint."),
        ({"region": "no region"}, "The AWS region no region cannot be a region's name."),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, str],
    sentence: str,
) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", _no_delay)
    landing = open_landing(**{"root": "s3://landing", "working": tmp_path, **options})  # type: ignore[arg-type]
    with pytest.raises(LandingError) as caught:
        landing.list("users.csv")
    landing.cleanup()
    assert caught.value.message == sentence
    assert "hidden" not in str(caught.value)


@pytest.mark.usefixtures("s3")
def test_no_credentials_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    landing = open_landing("s3://landing", working=tmp_path)
    with pytest.raises(LandingError, match=r"^No AWS credentials were found for the bucket"):
        landing.list("users.csv")
    landing.cleanup()


@pytest.mark.parametrize("root", ["s3://", "s3:///x", "gs://bucket/x"])
def test_a_root_without_a_bucket_is_refused(root: str, tmp_path: Path) -> None:
    with pytest.raises(LandingError):
        open_landing(root, working=tmp_path)


def test_opening_and_importing_do_not_load_boto3(run_python: Callable[[str], str]) -> None:
    assert (
        run_python(
            "import sys, pathlib; from dv_gen.landing import open_landing;"
            "open_landing('s3://bucket/x', working=pathlib.Path('w'));"
            "print([m for m in ('boto3', 'botocore', 'zstandard', 'urllib3') if m in sys.modules])"
        )
        == "[]\n"
    )
