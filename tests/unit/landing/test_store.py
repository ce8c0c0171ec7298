"""What is fetched and prepared is written where it seems to be, whatever takes its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import LandingError
from dv_gen.landing.files import RemoteFile
from dv_gen.landing.s3_partial import Partial
from dv_gen.landing.store import prepared_place, read_note, replacing

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = "a" * 64


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    place = tmp_path / "theirs.txt"
    place.write_text("theirs", encoding="utf-8")
    return place


@pytest.mark.parametrize("below", ["prepared", f"prepared/{IDENTITY[:32]}"])
def test_no_folder_for_a_copy_is_a_link(tmp_path: Path, below: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = tmp_path / "work" / below
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(LandingError, match="a folder in it is a link"):
        prepared_place(tmp_path / "work", IDENTITY, "a.csv")


def test_a_copy_takes_the_place_of_a_link(tmp_path: Path, theirs: Path) -> None:
    place = prepared_place(tmp_path / "work", IDENTITY, "a.csv")
    place.symlink_to(theirs)
    with replacing(place) as out:
        out.write(b"ours")
    assert (place.is_symlink(), place.read_bytes(), theirs.read_bytes()) == (
        False,
        b"ours",
        b"theirs",
    )


def test_an_unfinished_download_is_not_written_through_a_link(tmp_path: Path, theirs: Path) -> None:
    partial = Partial(tmp_path / "a.csv", RemoteFile("s3://b", "a.csv", "e", 6))
    partial.path.symlink_to(theirs)
    with pytest.raises(OSError, match="symbolic links"), partial.opened():
        pass
    assert theirs.read_bytes() == b"theirs"
    # An earlier run's is not taken up through one either: it begins anew.
    assert [part.length for part in partial.missing()] == [6]
    assert not partial.path.is_symlink()


def test_a_note_that_is_a_device_is_no_note(tmp_path: Path) -> None:
    (tmp_path / "note.json").symlink_to("/dev/zero")
    assert read_note(tmp_path / "note.json") == {}
