from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dv_gen.cli import main
from dv_gen.errors import StaleError
from dv_gen.kinds.reading import load_model
from dv_gen.render.generated import input_digest
from dv_gen.render.writing import render
from dv_gen.run.plan import read_compiled
from tests.projects import DUCKDB, write_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

MODEL = """\
sources:
  users: {file: users.csv, columns: {id: integer not null}, keys: {h_users: id}}
hubs: {h_users: {key: user_id}}
marts: {m: m.sql}
"""
FILES = {
    "metadata/model.yml": MODEL,
    "metadata/m.sql": "SELECT user_id FROM {{ ref('h_users') }}\n",
    "metadata/sample/users.csv": "id\n1\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project that has been rendered."""
    write_project(tmp_path, FILES)
    _render(tmp_path)
    return tmp_path


@pytest.fixture
def command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return how to run a command in the project's folder: its exit code and what it says."""
    monkeypatch.chdir(folder)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["dv-gen", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


def _render(folder: Path) -> None:
    model = load_model(folder)
    render(folder, model, model.project.targets[0])


def test_check_finds_nothing_after_rendering(command: Command) -> None:
    assert command("render", "--check") == (0, "generated/local: 6 files, all current\n", "")


def test_check_tells_what_is_stale_and_writes_nothing(folder: Path, command: Command) -> None:
    (folder / "generated/local/hubs/h_users.sql").write_text("SELECT 1;\n")
    (folder / "generated/local/marts/old.sql").write_text("SELECT 1;\n")
    (folder / "generated/local/ledger.sql").unlink()

    told = command("render", "--check")

    assert told == (
        3,
        (
            "generated/local/ledger.sql would be added\n"
            "generated/local/hubs/h_users.sql would be changed\n"
            "generated/local/marts/old.sql would be removed\n"
        ),
        "generated/ is stale: run dv-gen render and review the difference\n",
    )
    assert (folder / "generated/local/hubs/h_users.sql").read_text() == "SELECT 1;\n"
    assert (folder / "generated/local/marts/old.sql").exists()


def test_rendering_mends_edits_and_takes_left_over_files_away(
    folder: Path, command: Command
) -> None:
    edited = folder / "generated/local/hubs/h_users.sql"
    before = edited.read_text()
    edited.write_text(before + "-- a thought\n")
    (folder / "generated/local/bridges").mkdir()
    (folder / "generated/local/bridges/old.sql").write_text("SELECT 1;\n")

    code, out, _ = command("render")

    assert code == 0
    assert out == (
        "generated/local/hubs/h_users.sql was changed\n"
        "generated/local/bridges/old.sql was removed\n"
    )
    assert edited.read_text() == before
    assert not (folder / "generated/local/bridges").exists()


def test_rendering_touches_no_file_that_is_current(folder: Path, command: Command) -> None:
    times = {path: path.stat().st_mtime_ns for path in (folder / "generated").rglob("*.sql")}
    (folder / "generated/local/ledger.sql").unlink()

    command("render")

    for path, time in times.items():
        if path.name != "ledger.sql":
            assert path.stat().st_mtime_ns == time


def test_the_results_of_a_run_are_not_left_over_files(folder: Path, command: Command) -> None:
    (folder / "generated/local/run_results.json").write_text("{}")

    assert command("render", "--check")[0] == 0


def test_check_is_stale_where_the_metadata_has_changed(folder: Path, command: Command) -> None:
    write_project(folder, {"metadata/model.yml": MODEL.replace("user_id", "user_no")})

    code, out, _ = command("render", "--check")

    assert code == 3
    assert "generated/local/hubs/h_users.sql would be changed\n" in out


def test_a_target_that_does_not_exist_is_a_mistake_of_usage(command: Command) -> None:
    assert command("render", "--target", "lokal") == (
        2,
        "",
        "no target 'lokal' in metadata/project.yml\n  hint: did you mean local?\n",
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metadata/model.yml", MODEL + "# a comment\n"),
        ("metadata/another.yaml", "hubs: {}\n"),
        ("metadata/project.yml", DUCKDB + "target: local\n"),
        ("metadata/m.sql", "SELECT 1 AS one\n"),
        ("metadata/deep/n.sql", "SELECT 1 AS one\n"),
        ("templates/hub/load.sql.j2", "SELECT 1\n"),
    ],
)
def test_what_rendering_depends_on_changes_the_digest_of_the_inputs(
    folder: Path, name: str, text: str
) -> None:
    before = input_digest(folder)

    write_project(folder, {**FILES, name: text})

    assert input_digest(folder) != before


@pytest.mark.parametrize(
    "name",
    [
        "metadata/sample/users.csv",
        "metadata/README.md",
        "metadata/m.sql.bak",
        "templates/README.md",
        "generated/local/hubs/h_users.sql",
        "model.yml",
        "landing/users.csv",
    ],
)
def test_what_rendering_does_not_read_leaves_the_digest_of_the_inputs(
    folder: Path, name: str
) -> None:
    before = input_digest(folder)

    write_project(folder, {**FILES, name: "id\n2\n"})

    assert input_digest(folder) == before


def test_a_file_that_is_renamed_changes_the_digest_of_the_inputs(folder: Path) -> None:
    before = input_digest(folder)

    (folder / "metadata/model.yml").rename(folder / "metadata/model2.yml")

    assert input_digest(folder) != before


def test_what_was_rendered_is_read_back_with_the_places_of_its_statements(folder: Path) -> None:
    compiled = read_compiled(folder, folder / "generated/local")

    load = next(step for step in compiled.steps if step.id == "load:h_users").statement("load")
    lines = (folder / "generated/local/hubs/h_users.sql").read_text().split("\n")
    assert str(load.location) == "generated/local/hubs/h_users.sql:11:1"
    assert load.sql.split("\n") == lines[10:-1]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("metadata/model.yml", MODEL + "# a comment\n", "stale: the metadata has changed since"),
        ("generated/local/manifest.json", "{", "manifest.json cannot be read"),
    ],
)
def test_a_run_refuses_what_is_not_what_was_rendered(
    folder: Path, name: str, text: str, said: str
) -> None:
    (folder / name).write_text(text)

    with pytest.raises(StaleError, match=said) as caught:
        read_compiled(folder, folder / "generated/local")

    assert caught.value.hint == ("dv-gen render, and review the difference; or dv-gen run --render")
    assert caught.value.exit_code == 3


def test_a_run_refuses_a_file_that_was_edited_and_says_where_edits_go(folder: Path) -> None:
    (folder / "generated/local/hubs/h_users.sql").write_text("SELECT 1;\n")

    with pytest.raises(StaleError, match=r"h_users\.sql is not what was rendered") as caught:
        read_compiled(folder, folder / "generated/local")

    assert "dv-gen run --render overwrite it" in str(caught.value.hint)
    assert "templates/" in str(caught.value.hint)
    assert caught.value.exit_code == 3


def test_a_run_refuses_a_file_that_is_missing(folder: Path) -> None:
    (folder / "generated/local/hubs/h_users.sql").unlink()

    with pytest.raises(StaleError, match=r"generated/local/hubs/h_users\.sql is missing"):
        read_compiled(folder, folder / "generated/local")


def test_the_manifest_says_what_a_run_has_to_know(folder: Path) -> None:
    manifest = json.loads((folder / "generated/local/manifest.json").read_text())

    assert manifest["hash_rule"] == "dv_gen-2/md5/native/upper/trim"
    assert manifest["sources"]["users"]["file"] == "users.csv"
    assert manifest["tables"]["h_users"] == {
        "schema": "vault",
        "is_view": False,
        "transient": False,
        "entity": "h_users",
        "columns": {
            "hk_user_id": "hash not null",
            "user_id": "integer",
            "load_dt": "timestamp not null",
            "load_src": "varchar(255) not null",
        },
        "location": "metadata/model.yml:3:8",
        "built_from": {"kind": "hub", "key": ["user_id"]},
    }
    steps = {step["id"]: (step["needs"], step["sources"]) for step in manifest["steps"]}
    assert steps == {
        "create:ledger": ([], []),
        "stage:users": ([], ["users"]),
        "create:h_users": ([], []),
        "load:h_users": ([], ["users"]),
        "publish:m": (["h_users"], []),
        "check:h_users": ([], ["users"]),
        "test:h_users": ([], []),
    }


def test_the_settings_of_a_target_are_not_in_what_is_rendered(tmp_path: Path) -> None:
    secret = "name: t\ntargets: {local: {type: duckdb, path: w.duckdb, pasword: hunter2}}\n"
    write_project(tmp_path, FILES, project=secret)
    _render(tmp_path)

    for path in (tmp_path / "generated").rglob("*"):
        assert path.is_dir() or b"hunter2" not in path.read_bytes()
