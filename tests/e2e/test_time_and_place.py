"""The same run somewhere else: another zone, locale, folder, number of threads, hash seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.project import Project, copy_project

if TYPE_CHECKING:
    from pathlib import Path

LOAD_DATE = "2026-03-29T02:30:00"  # an hour that many zones skip on that day
PLACES = {
    "Tokyo, one thread": ({"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"}, "1"),
    "Newfoundland, many threads": (
        {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "4711"},
        "8",
    ),
    "Berlin, no locale": (
        {"TZ": "Europe/Berlin", "LC_ALL": "POSIX", "PYTHONHASHSEED": "0"},
        "2",
    ),
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = copy_project(tmp_path_factory.mktemp("here"))
    made.environment["TZ"] = "UTC"
    made.command("run", "--load-date", LOAD_DATE)
    return made


@pytest.mark.parametrize("place", PLACES)
def test_the_vault_is_the_same(place: str, here: Project, tmp_path: Path) -> None:
    variables, threads = PLACES[place]
    there = copy_project(tmp_path / "with a blank and ä")
    there.environment.update(variables)
    elsewhere = Project(tmp_path, {**variables, "DV_GEN_DUCKDB": str(there.database)})

    elsewhere.command(
        "run", "--project", str(there.folder), "--threads", threads, "--load-date", LOAD_DATE
    )

    assert there.vault() == here.vault()
    assert there.show("group_conversion") == here.show("group_conversion")
    again = elsewhere.command("render", "--check", "--project", str(there.folder))
    assert again.returncode == 0
