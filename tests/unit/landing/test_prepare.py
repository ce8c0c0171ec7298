"""Delivered files become plain UTF-8 files."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc
from typing import TYPE_CHECKING

import pytest
import zstandard

from dv_gen.errors import LandingError
from dv_gen.landing import LocalFile, RemoteFile, prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = b"id,name\n1,Zo\xc3\xab\n"


def delivered(folder: Path, name: str, content: bytes) -> LocalFile:
    path = folder / name
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    remote = RemoteFile("s3://landing", f"day/{name}", sha256, len(content))
    return LocalFile(remote, path, sha256, len(content))


@pytest.mark.parametrize("content", [TEXT, b"\xef\xbb\xbf" + TEXT, b"", b"\xff\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-8-sig"])
def test_a_utf8_file_is_passed_as_it_is(tmp_path: Path, content: bytes, encoding: str) -> None:
    file = delivered(tmp_path, "a.csv", content)
    assert prepare(file, encoding=encoding, working=tmp_path / "work") is file
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", gzip.compress(TEXT, mtime=0)),
        ("a.csv", gzip.compress(TEXT, mtime=0)),
        ("a.csv.gz", gzip.compress(TEXT[:5], mtime=0) + gzip.compress(TEXT[5:], mtime=0)),
        ("a.csv.zst", zstandard.compress(TEXT)),
        ("a.csv.zst", zstandard.compress(TEXT[:5]) + zstandard.compress(TEXT[5:])),
    ],
)
def test_compressed_files_are_unpacked(tmp_path: Path, name: str, content: bytes) -> None:
    file = delivered(tmp_path, name, content)
    plain = prepare(file, working=tmp_path / "work")
    assert plain.path.read_bytes() == TEXT
    assert plain.path.name == "a.csv"
    assert (plain.remote, plain.sha256, plain.size) == (file.remote, file.sha256, 15)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", gzip.compress(TEXT, mtime=0)[:-9]),
        ("a.csv.zst", zstandard.compress(TEXT * 1000)[:-3]),
    ],
)
def test_a_cut_off_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    file = delivered(tmp_path, name, content)
    with pytest.raises(LandingError, match=f"day/{name} is cut off"):
        prepare(file, working=tmp_path / "work")
    assert not [path for path in (tmp_path / "work").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "a.gz",
            gzip.compress(TEXT, mtime=0)[:-6] + b"xxxxxx",
            "is damaged: it cannot be decompressed",
        ),
        (
            "a.gz",
            gzip.compress(TEXT, mtime=0) + b"rubbish",
            "is damaged: it cannot be decompressed",
        ),
        ("a.zst", zstandard.compress(TEXT)[:4] + b"xxxxxxxx", "is damaged"),
        ("a.gz", TEXT, "is named like a gzip file and is none"),
        ("a.zst", b"", "is named like a zstd file and is none"),
        ("a.csv", b"PK\x03\x04rest", "is a zip archive or an Excel workbook"),
        ("a.csv", "id\n".encode("utf-16"), "begins with the mark of UTF-16"),
        ("a.gz", gzip.compress("id\n".encode("utf-16"), mtime=0), "begins with the mark of UTF-16"),
    ],
)
def test_what_is_no_plain_text_is_refused(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(LandingError, match=sentence):
        prepare(delivered(tmp_path, name, content), working=tmp_path / "work")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_become_utf8(tmp_path: Path, encoding: str) -> None:
    text = "id,name\r\n1,Zoë\r\n"
    file = delivered(tmp_path, "a.csv", text.encode(encoding))
    plain = prepare(file, encoding=encoding, working=tmp_path / "work")
    assert plain.path.read_bytes() == b"id,name\r\n1,Zo\xc3\xab\r\n"


def test_a_byte_that_does_not_fit_is_named_by_its_place(tmp_path: Path) -> None:
    """Also behind the first block of a megabyte, with a character cut in two between blocks."""
    content = b"x" + "é".encode("shift_jisx0213") * (1 << 19) + b"\xfd"
    file = delivered(tmp_path, "a.csv", content)
    with pytest.raises(
        LandingError, match=r"day/a\.csv is not shift_jisx0213: byte 1048577 does not fit"
    ):
        prepare(file, encoding="shift_jisx0213", working=tmp_path / "work")
    with pytest.raises(LandingError, match="is not ascii: byte 12 does not fit"):
        prepare(delivered(tmp_path, "b.csv", TEXT), encoding="ascii", working=tmp_path / "work")


@pytest.mark.parametrize("encoding", ["utf-9", "rot13", "base64"])
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    file = delivered(tmp_path, "a.csv", TEXT)
    with pytest.raises(LandingError, match=f"'{encoding}' is no encoding"):
        prepare(file, encoding=encoding, working=tmp_path / "work")


BOMBS = [
    pytest.param("a.csv.zst", zstandard.compress(bytes(200_000_000)), id="zstd"),
    pytest.param("a.csv.zst", zstandard.compress(bytes(1000)) * 60_000, id="zstd of many frames"),
    pytest.param("a.csv.gz", gzip.compress(bytes(200_000_000), mtime=0), id="gzip"),
]


@pytest.mark.parametrize(("name", "content"), BOMBS)
def test_a_file_is_unpacked_piece_by_piece_and_to_no_more_than_it_may(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """Zstd unpacked at once, in memory: 144 KB became 1.5 GB."""
    file = delivered(tmp_path, name, content)
    tracemalloc.start()
    with pytest.raises(LandingError) as caught:
        prepare(file, max_unpacked=50_000_000, working=tmp_path / "work")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 32_000_000
    assert caught.value.message == (
        f"day/{name} ({len(content):,} bytes) unpacks to more than 50,000,000 bytes."
    )
    assert "max_unpacked: 50 GB" in caught.value.hint
    assert not [path for path in (tmp_path / "work").rglob("*") if path.is_file()]


@pytest.mark.parametrize("pack", [zstandard.compress, gzip.compress])
def test_as_many_bytes_as_are_allowed_are_unpacked(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    text = b"id\n" + b"1\n" * 3_000_000
    file = delivered(tmp_path, "a.csv", pack(text))
    plain = prepare(file, max_unpacked=len(text), working=tmp_path / "work")
    assert plain.path.read_bytes() == text
    with pytest.raises(LandingError, match="unpacks to more than"):
        prepare(file, max_unpacked=len(text) - 1, working=tmp_path / "work")


def test_the_limit_is_of_what_is_unpacked(tmp_path: Path) -> None:
    """A file that is as large as it is delivered surprises nobody; nor does its encoding."""
    text = "id\nÜ\n"
    plain = delivered(tmp_path, "a.csv", text.encode("cp1252"))
    assert prepare(plain, encoding="cp1252", max_unpacked=1, working=tmp_path / "work").size == 6
    packed = delivered(tmp_path, "b.csv", gzip.compress(text.encode("cp1252")))
    assert prepare(packed, encoding="cp1252", max_unpacked=5, working=tmp_path / "work").size == 6
