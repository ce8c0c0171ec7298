"""Every engine loads the file that was delivered, whatever its name, and no other one."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import zstandard

from tests.conformance.plain_project import plain_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.projects import Project

DAY = datetime.fromisoformat("2026-02-01")
NAMES = [
    json.loads(line)
    for line in (Path(__file__).parent / "file_names.txt").read_text(encoding="utf-8").splitlines()
    if line.startswith('"')
]
MODEL = """
sources:
  things:
    file: "**"
    record_source: "{path}"
    columns: {id: integer not null}
    keys: {h_thing: id}
hubs: {h_thing: {key: thing_id}}
"""
# The landing itself has a name that is a pattern, for this folder beside it among others.
LANDING, DECOY = "in[1]*", "in1"


@pytest.fixture(scope="module")
def project(engine: str) -> Iterator[Project]:
    with plain_project(engine, MODEL, landing=LANDING) as made:
        _deliver(made, "first.csv", b"id\n1\n")
        assert made.run(DAY).exit_code == 0
        yield made


def _deliver(project: Project, path: str, content: bytes) -> None:
    for landing in (LANDING, DECOY):
        target = project.folder / landing / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if landing == LANDING else b"id\n-1\n")


def _loaded(project: Project) -> dict[str, int]:
    """The number that each file has brought, by the file's path."""
    rows = project.warehouse.session.query(f"SELECT load_src, id FROM {project.table('things')}")
    assert len({path for path, _ in rows}) == len(rows)
    return {path: int(number) for path, number in rows}


def test_every_file_is_loaded_under_its_own_name(project: Project) -> None:
    _empty(project)
    # One name twice is one file.
    wanted = {Path(name).as_posix(): number for number, name in enumerate(NAMES)}
    wanted = {name: number for name, number in wanted.items() if not _is_folder(name, wanted)}
    for name, number in wanted.items():
        _deliver(project, name, f"id\n{number}\n".encode())

    ran = project.run(DAY)

    assert ran.exit_code == 0, ran.log
    assert _loaded(project) == wanted


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("B.CSV.GZ", gzip.compress(b"id\n7\n", mtime=0)),
        ("b.csv.Gz", gzip.compress(b"id\n7\n", mtime=0)),
        ("B.CSV.ZST", zstandard.compress(b"id\n7\n")),
        ("named like none.csv", gzip.compress(b"id\n7\n", mtime=0)),
        ("named like the other one.csv.gz", zstandard.compress(b"id\n7\n")),
        ("named like the other one.csv.ZST", gzip.compress(b"id\n7\n", mtime=0)),
    ],
)
def test_what_a_file_is_packed_with_is_told_by_its_bytes(
    name: str, packed: bytes, project: Project
) -> None:
    _empty(project)
    _deliver(project, name, packed)

    ran = project.run(DAY)

    assert ran.exit_code == 0, ran.log
    assert _loaded(project) == {name: 7}


@pytest.mark.parametrize("name", ["B.CSV.GZ", "b.csv.gz", "B.CSV.ZST"])
def test_a_plain_file_named_like_a_packed_one_blocks_nothing_once_it_is_gone(
    name: str, project: Project
) -> None:
    _empty(project)
    _deliver(project, name, b"id\n7\n")
    refused = project.run(DAY)
    (project.folder / LANDING / name).unlink()
    _deliver(project, "C.csv", b"id\n8\n")

    ran = project.run(DAY)

    assert refused.exit_code == 1
    assert f"{name} is named like a " in refused.log
    assert f"without the ending {name[name.rindex('.') :]}" in refused.log
    assert refused.result.batches[0].status == "stopped"
    assert ran.exit_code == 0, ran.log
    assert _loaded(project) == {"C.csv": 8}


def _empty(project: Project) -> None:
    project.clear()
    for path in sorted((project.folder / LANDING).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _is_folder(name: str, names: dict[str, int]) -> bool:
    return any(other.startswith(f"{name}/") for other in names)
