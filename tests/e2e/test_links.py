"""Links, pipes and second names in the places that dv-gen writes: nothing else is ever changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dv_gen.engines import open_engine
from dv_gen.errors import UsageError
from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import choose_target
from dv_gen.render.writing import render
from dv_gen.run.command import RunRequest, in_memory
from dv_gen.starter import write_starter
from tests.e2e.small import Small

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """\
    sources:
      users: {file: users.csv, columns: {id: integer not null}, keys: {h_users: id}}
    hubs: {h_users: {key: user_id}}
    """
THEIRS = "what somebody else keeps\n"
# Where a link to a folder may stand, and where one to a file.
FOLDERS = (
    "generated",
    "generated/local",
    "generated/local/hubs",
    "generated/local/more",
    ".dv-gen",
    ".dv-gen/landing",
    ".dv-gen/landing/fetched",
    ".dv-gen/landing/prepared",
)
FILES = (
    "generated/local/hubs/h_users.sql",
    "generated/local/manifest.json",
    "generated/local/run_results.json",
    "generated/local/run_results.json.part",
    ".dv-gen/landing/digests.json",
    "w.duckdb.lock",
    "w.duckdb.wal",
)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """Return a project that has been rendered, with a file to load."""
    project = Small(tmp_path / "project")
    project.folder.mkdir()
    project.write(model__yml=MODEL)
    project.deliver("users.csv", "id", "1")
    return project


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a folder of somebody else's, with files of the names that dv-gen uses."""
    folder = tmp_path / "elsewhere"
    for name in ("theirs.txt", "local/theirs.sql", "fetched/theirs.csv", "landing/fetched/a.csv"):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(THEIRS, encoding="utf-8")
    return folder


def _contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("below", FOLDERS)
def test_a_folder_that_is_a_link_is_refused_and_its_target_untouched(
    small: Small, elsewhere: Path, below: str
) -> None:
    before = _contents(elsewhere)
    place = small.folder / below
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        # Outside of the project, so that what it holds does not matter.
        place.rename(elsewhere.with_name("aside"))
    place.symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(UsageError) as caught:
        _render_and_run(small)
    assert str(caught.value).startswith(f"{below} is a link to {elsewhere}")
    assert f"remove {below}" in caught.value.hint
    assert _contents(elsewhere) == before
    # The way on.
    place.unlink()
    _render_and_run(small)
    assert small.table("h_users", "user_id") == [(1,)]
    assert _contents(elsewhere) == before


@pytest.mark.parametrize("below", FILES)
def test_a_file_that_is_a_link_is_refused_and_its_target_untouched(
    small: Small, elsewhere: Path, below: str
) -> None:
    place = small.folder / below
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(elsewhere / "theirs.txt")
    with pytest.raises(UsageError, match="is a link to"):
        _render_and_run(small)
    assert (elsewhere / "theirs.txt").read_text(encoding="utf-8") == THEIRS
    place.unlink()
    _render_and_run(small)
    assert small.table("h_users", "user_id") == [(1,)]


@pytest.mark.parametrize("below", FILES)
def test_a_link_to_nothing_makes_nothing(small: Small, elsewhere: Path, below: str) -> None:
    place = small.folder / below
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(elsewhere / "new")
    with pytest.raises(UsageError, match="is a link to"):
        _render_and_run(small)
    assert not (elsewhere / "new").exists()


@pytest.mark.parametrize("below", FILES)
def test_a_pipe_holds_up_nobody(small: Small, below: str) -> None:
    place = small.folder / below
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    with pytest.raises(UsageError, match="is a named pipe"):
        _render_and_run(small)


@pytest.mark.parametrize(
    "below", ["generated/local/hubs/h_users.sql", "generated/local/run_results.json.part"]
)
def test_a_second_name_of_a_file_is_parted_from_it(
    small: Small, elsewhere: Path, below: str
) -> None:
    """As where a project was copied with hard links: the copy is not the original."""
    place = small.folder / below
    place.unlink(missing_ok=True)
    place.hardlink_to(elsewhere / "theirs.txt")
    _render_and_run(small)
    assert (elsewhere / "theirs.txt").read_text(encoding="utf-8") == THEIRS
    assert small.table("h_users", "user_id") == [(1,)]


def test_the_note_of_a_killed_run_is_parted_from_its_second_name(
    small: Small, elsewhere: Path
) -> None:
    (small.folder / "w.duckdb.lock").hardlink_to(elsewhere / "theirs.txt")
    _render_and_run(small)
    assert (elsewhere / "theirs.txt").read_text(encoding="utf-8") == THEIRS


def test_a_project_that_is_reached_by_a_link_is_loaded(small: Small, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(small.folder, target_is_directory=True)
    _render_and_run(Small(link))
    assert small.table("h_users", "user_id") == [(1,)]


def test_a_warehouse_that_is_a_link_is_loaded(small: Small, elsewhere: Path) -> None:
    """It is the user's own way to put it on another disk; dv-gen removes nothing there."""
    (small.folder / "w.duckdb").symlink_to(elsewhere / "big.duckdb")
    _render_and_run(small)
    assert (elsewhere / "big.duckdb").is_file()
    assert small.table("h_users", "user_id") == [(1,)]


def test_explaining_refuses_a_link_beside_the_warehouse_too(small: Small, elsewhere: Path) -> None:
    _render_and_run(small)
    (small.folder / "w.duckdb.wal").symlink_to(elsewhere / "theirs.txt")
    engine = open_engine("duckdb", small.target, small.folder)
    with pytest.raises(UsageError, match=r"w\.duckdb\.wal is a link"):
        engine.visit("explain")


def test_a_check_and_a_dry_run_refuse_a_link_as_a_run_does(small: Small, elsewhere: Path) -> None:
    place = small.folder / "generated/local/hubs/h_users.sql"
    place.unlink()
    place.symlink_to(elsewhere / "theirs.txt")
    model = load_model(small.folder)
    with pytest.raises(UsageError, match="is a link"):
        render(small.folder, model, choose_target(model.project, None), write=False)
    with pytest.raises(UsageError, match="is a link"):
        in_memory(RunRequest(small.folder))


@pytest.mark.parametrize("name", ["metadata", "landing", ".gitignore", "metadata/project.yml"])
def test_a_project_is_not_started_through_a_link(
    tmp_path: Path, elsewhere: Path, name: str
) -> None:
    before = _contents(elsewhere)
    place = tmp_path / "new" / name
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere if "." not in name else elsewhere / "new")
    with pytest.raises(UsageError, match="exists"):
        write_starter(tmp_path / "new")
    assert _contents(elsewhere) == before


def _render_and_run(small: Small) -> None:
    model = load_model(small.folder)
    render(small.folder, model, choose_target(model.project, None))
    ran = small.run()
    assert ran.exit_code == 0, ran.log
