"""What a local folder as landing root promises."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import LandingError
from dv_gen.landing import RemoteFile, open_landing

if TYPE_CHECKING:
    from pathlib import Path

    from dv_gen.landing import Landing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    (folder / "day").mkdir(parents=True)
    for name in ("b.csv", "a.csv", "day/c.csv", "day/.hidden.csv", "day/d.csv.part"):
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def landing(folder: Path, tmp_path: Path) -> Landing:
    return open_landing(str(folder), working=tmp_path / "work")


def test_a_file_is_known_by_its_content(landing: Landing, folder: Path) -> None:
    assert landing.list("day/c.csv") == [
        RemoteFile(str(folder), "day/c.csv", hashlib.sha256(b"day/c.csv").hexdigest(), 9)
    ]
    assert landing.list("day/c.csv")[0].uri == f"{folder}/day/c.csv"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.csv", ["a.csv", "b.csv"]),
        ("**/*.csv", ["a.csv", "b.csv", "day/c.csv"]),
        ("day/", ["day/c.csv"]),
        ("./a.csv", ["a.csv"]),
        ("night/", []),
        ("day/.hidden.csv", ["day/.hidden.csv"]),
    ],
)
def test_patterns_find_what_they_find_in_a_bucket(
    landing: Landing, pattern: str, found: list[str]
) -> None:
    assert [file.path for file in landing.list(pattern)] == found


def test_entries_are_those_of_one_folder(landing: Landing, folder: Path) -> None:
    """A link to a folder is passed over: it may lead in a circle."""
    (folder / "day" / "back").symlink_to(folder)
    assert list(landing.entries("")) == ["a.csv", "b.csv", "day/"]
    assert list(landing.entries("day/")) == ["day/.hidden.csv", "day/c.csv", "day/d.csv.part"]


def test_a_missing_name_suggests_the_nearest(landing: Landing, folder: Path) -> None:
    with pytest.raises(LandingError) as caught:
        landing.list("day/cc.csv")
    assert caught.value.message == f"There is no file day/cc.csv below {folder}."
    assert caught.value.hint == "did you mean day/c.csv?"


@pytest.mark.parametrize("pattern", ["../a.csv", "day/../../x/*.csv", "/etc/passwd", ""])
def test_a_pattern_does_not_lead_out_of_the_root(landing: Landing, pattern: str) -> None:
    with pytest.raises(LandingError, match="cannot name files below the landing root"):
        landing.list(pattern)


def test_a_folder_is_not_taken_for_a_file(landing: Landing) -> None:
    with pytest.raises(LandingError, match="is a folder") as caught:
        landing.list("day")
    assert caught.value.hint == "write day/ for every file in it"


def test_the_file_itself_is_used_and_never_removed(landing: Landing, folder: Path) -> None:
    (file,) = landing.fetch(landing.list("a.csv"))
    landing.cleanup()
    assert file.path == folder / "a.csv"
    assert file.path.read_bytes() == b"a.csv"


def test_links_lead_anywhere_but_not_in_circles(
    landing: Landing, folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "e.csv").write_bytes(b"e")
    (folder / "link").symlink_to(outside)
    (folder / "day" / "circle").symlink_to(folder)
    assert [file.path for file in landing.list("**/?.csv")] == [
        "a.csv",
        "b.csv",
        "day/c.csv",
        "link/e.csv",
    ]


def test_a_file_that_changes_after_the_listing_is_noticed(landing: Landing, folder: Path) -> None:
    files = landing.list("a.csv")
    (folder / "a.csv").write_bytes(b"x.csv")
    with pytest.raises(LandingError, match=r"a\.csv below .* changed while it was being read"):
        list(landing.fetch(files))


def test_a_file_that_is_merely_touched_is_the_same(landing: Landing, folder: Path) -> None:
    files = landing.list("a.csv")
    os.utime(folder / "a.csv", (1, 1))
    assert next(landing.fetch(files)).sha256 == hashlib.sha256(b"a.csv").hexdigest()


def test_a_content_is_read_once_only(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    files = landing.list("*.csv")
    monkeypatch.delattr("dv_gen.landing.local.sha256_of")
    assert [file.remote for file in landing.fetch(files)] == files


def reading(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the files whose content will be read, as they are."""
    read: list[str] = []

    def reads(path: Path) -> str:
        read.append(path.name)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr("dv_gen.landing.local.sha256_of", reads)
    return read


def test_what_stands_still_is_read_by_the_first_run_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits here until the files have stood still for long enough.
    monkeypatch.setattr("dv_gen.landing.known._MARGIN_NS", -60_000_000_000)
    read = reading(monkeypatch)
    work = tmp_path / "work"
    first = open_landing(str(folder), working=work).list("*.csv")
    assert sorted(read) == ["a.csv", "b.csv"]
    assert open_landing(str(folder), working=work).list("*.csv") == first
    (folder / "e.csv").write_bytes(b"e")
    (folder / "b.csv").unlink()
    assert len(open_landing(str(folder), working=work).list("*.csv")) == 2
    assert read[2:] == ["e.csv"]
    assert "b.csv" not in (work / "digests.json").read_text(encoding="utf-8")


def test_another_content_of_the_same_size_and_time_is_another_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dv_gen.landing.known._MARGIN_NS", -60_000_000_000)
    file = folder / "a.csv"
    (before,) = open_landing(str(folder), working=tmp_path / "work").list("a.csv")
    times = file.stat()
    time.sleep(0.02)
    file.write_bytes(b"A.CSV")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    (after,) = open_landing(str(folder), working=tmp_path / "work").list("a.csv")
    assert (after.size, file.stat().st_mtime_ns) == (before.size, times.st_mtime_ns)
    assert after.etag == hashlib.sha256(b"A.CSV").hexdigest()


def test_what_was_changed_just_before_it_was_read_is_read_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = reading(monkeypatch)
    for _ in range(2):
        open_landing(str(folder), working=tmp_path / "work").list("a.csv")
    assert read == ["a.csv", "a.csv"]


def test_what_was_changed_just_before_is_not_kept_by_a_later_listing_either(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dv_gen.landing.known._MARGIN_NS", 300_000_000)
    time.sleep(0.5)
    (folder / "a.csv").write_bytes(b"again")
    work = tmp_path / "work"
    landing = open_landing(str(folder), working=work)
    landing.list("a.csv")
    time.sleep(0.5)
    landing.list("b.csv")
    read = reading(monkeypatch)
    open_landing(str(folder), working=work).list("*.csv")
    assert read == ["a.csv"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"x": 1}', '{"x": [1, 2]}', '{"x": "abcdef"}'])
def test_damaged_digests_are_found_out_again(folder: Path, tmp_path: Path, text: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "digests.json").write_text(text, encoding="utf-8")
    (file,) = open_landing(str(folder), working=work).list("a.csv")
    assert file.etag == hashlib.sha256(b"a.csv").hexdigest()


def test_digests_that_cannot_be_kept_stop_nobody(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "work").write_text("no folder", encoding="utf-8")
    assert len(open_landing(str(folder), working=tmp_path / "work").list("*.csv")) == 2


def test_a_file_that_vanishes_is_one_sentence(landing: Landing, folder: Path) -> None:
    files = landing.list("a.csv")
    (folder / "a.csv").unlink()
    with pytest.raises(LandingError, match=r"a\.csv below .* cannot be read: No such file"):
        list(landing.fetch(files))


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="is not a folder"):
        open_landing(str(tmp_path / "none"), working=tmp_path)


def test_a_name_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"na\xefve.csv")).write_bytes(b"id\n")

    with pytest.raises(LandingError) as caught:
        open_landing(str(tmp_path), working=tmp_path / "w").list("*.csv")

    assert str(caught.value).startswith("The name na\\udcefve.csv is not UTF-8.")


@pytest.mark.parametrize("pattern", ["*.csv", "x.csv"])
def test_a_pipe_is_no_delivery_and_holds_up_nobody(
    landing: Landing, folder: Path, pattern: str
) -> None:
    os.mkfifo(folder / "x.csv")
    with pytest.raises(LandingError, match=r"^x\.csv below .* is a named pipe, no file\."):
        landing.list(pattern)
    # It stands in nobody else's way.
    assert [file.path for file in landing.list("a*.csv")] == ["a.csv"]


def test_a_link_to_a_device_is_no_delivery(landing: Landing, folder: Path) -> None:
    (folder / "x.csv").symlink_to("/dev/zero")
    with pytest.raises(LandingError, match=r"^x\.csv below .* is a device, no file\."):
        landing.list("x.csv")


def test_a_file_that_became_a_pipe_is_no_delivery(landing: Landing, folder: Path) -> None:
    listed = landing.list("a.csv")
    (folder / "a.csv").unlink()
    os.mkfifo(folder / "a.csv")
    with pytest.raises(LandingError, match="is a named pipe, no file"):
        list(landing.fetch(listed))
