"""Metadata that means harm, or is no file: a sentence at once, never a wait or a traceback."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from dv_gen.errors import MetadataError, Problem, UsageError
from dv_gen.kinds.reading import load_model
from dv_gen.metadata.yaml_reader import read_yaml
from dv_gen.render.generated import input_digest
from tests.projects import write_project

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """\
sources:
  users: {file: users.csv, columns: {id: integer not null}, keys: {h_users: id}}
hubs: {h_users: {key: user_id}}
marts: {m: m.sql}
"""
QUERY = "SELECT user_id FROM {{ ref('h_users') }}\n"


def _problems(text: str) -> list[str]:
    problems: list[Problem] = []
    read_yaml(text, "f.yml", problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[" * 101 + "]" * 101, "1:101"),
        ("[" * 950 + "]" * 950, "1:101"),
        ("{a: " * 950 + "1" + "}" * 950, "1:401"),
        ("a:\n" + "".join(" " * depth + "-\n" for depth in range(1, 600)), "101:101"),
    ],
)
def test_deep_nesting_is_told_with_its_place(text: str, place: str) -> None:
    told = _problems(text)
    assert told == [f"f.yml:{place}: nested too deeply, expected 100 levels at most"]


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000, "? " * 100_000])
def test_nesting_without_end_is_told(text: str) -> None:
    (told,) = _problems(text)
    assert "nest" in told


def test_a_hundred_levels_are_read() -> None:
    assert _problems("[" * 100 + "]" * 100) == []


def test_twelve_levels_of_aliases_take_no_time() -> None:
    """Less than a kilobyte stands for 8 * 6**11 values: 40 s and all memory before."""
    lines = ["x0: &x0 {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8}"]
    for level in range(1, 12):
        six = ", ".join([f"*x{level - 1}"] * 6)
        lines.append(f"x{level}: &x{level} [{six}]")
    began = time.process_time()
    told = _problems("\n".join(lines))
    assert time.process_time() - began < 1
    what = "the aliases up to here stand for more than 50,000 values"
    assert told == [f"f.yml:6:5: {what}, expected fewer of them"]


@pytest.mark.parametrize("number", ["1" * 5000, "-" + "1" * 5000, "1:" * 5000 + "1", "0" * 5000])
def test_a_number_without_end_is_told(number: str) -> None:
    told = _problems(f"a: {number}")
    assert told == [f"f.yml:1:4: a number of {len(number)} characters, expected text in quotes"]


def test_columns_that_hundreds_of_sources_share_by_an_alias_are_read(tmp_path: Path) -> None:
    columns = ", ".join(f"c{number}: integer" for number in range(60))
    sources = [f"  s0: {{file: s0.csv, columns: &all {{{columns}}}, keys: {{h_a: c0}}}}"]
    sources += [
        f"  s{number}: {{file: s{number}.csv, columns: *all, keys: {{h_a: c0}}}}"
        for number in range(1, 400)
    ]
    text = "\n".join(["sources:", *sources, "hubs: {h_a: {key: a}}", ""])
    write_project(tmp_path, {"metadata/model.yml": text})
    assert len(load_model(tmp_path).sources) == 400


@pytest.mark.parametrize("name", ["metadata/model.yml", "metadata/more.yml"])
def test_metadata_that_is_a_pipe_or_a_device_holds_up_nobody(tmp_path: Path, name: str) -> None:
    for number, kind in enumerate(("a named pipe", "a device")):
        folder = tmp_path / str(number)
        write_project(folder, {"metadata/model.yml": MODEL, "metadata/m.sql": QUERY})
        (folder / name).unlink(missing_ok=True)
        if kind == "a device":
            (folder / name).symlink_to("/dev/zero")
        else:
            os.mkfifo(folder / name)
        with pytest.raises(MetadataError) as caught:
            load_model(folder)
        assert str(caught.value) == (
            f"{name}:1:1: the file cannot be read: it is {kind}, no file, expected a file that you "
            "may read"
        )
        with pytest.raises(UsageError, match=f"it is {kind}, no file"):
            input_digest(folder)


def test_a_project_file_that_is_a_pipe_is_told(tmp_path: Path) -> None:
    write_project(tmp_path, {"metadata/model.yml": MODEL, "metadata/m.sql": QUERY})
    (tmp_path / "metadata/project.yml").unlink()
    os.mkfifo(tmp_path / "metadata/project.yml")
    with pytest.raises(MetadataError, match=r"project\.yml:1:1: .* it is a named pipe, no file"):
        load_model(tmp_path)


def test_a_query_that_is_a_pipe_is_no_file(tmp_path: Path) -> None:
    write_project(tmp_path, {"metadata/model.yml": MODEL})
    os.mkfifo(tmp_path / "metadata/m.sql")
    with pytest.raises(MetadataError, match=r"there is no file metadata/m\.sql, expected a query"):
        load_model(tmp_path)


def test_a_template_that_is_a_pipe_holds_up_nobody(tmp_path: Path) -> None:
    write_project(tmp_path, {"metadata/model.yml": MODEL, "metadata/m.sql": QUERY})
    (tmp_path / "templates/hub").mkdir(parents=True)
    os.mkfifo(tmp_path / "templates/hub/load.sql.j2")
    with pytest.raises(UsageError, match=r"load\.sql\.j2 cannot be read: it is a named pipe"):
        input_digest(tmp_path)


@pytest.mark.parametrize(
    "query", ["{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "{% if 1 %}" * 2000]
)
def test_a_query_that_nests_without_end_is_told(tmp_path: Path, query: str) -> None:
    write_project(tmp_path, {"metadata/model.yml": MODEL, "metadata/m.sql": f"SELECT {query}\n"})
    with pytest.raises(MetadataError, match=r"m\.sql:1:1: not a valid template: nested too deeply"):
        load_model(tmp_path)
