"""The example kind of CONTRIBUTING.md does what the text says."""

from __future__ import annotations

import io
import re
import sys
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

import dv_gen.kinds
import dv_gen.model
from dv_gen.engines import open_engine
from dv_gen.kinds.listing import list_entities
from dv_gen.kinds.reading import load_model
from dv_gen.render.rendering import render_target
from dv_gen.render.writing import render
from dv_gen.run.command import RunRequest, run_project
from dv_gen.run.log import RunLog
from dv_gen.run.planning import RunOptions
from tests.projects import BOTH, write_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dv_gen.model.entities import Model

TEXT = (Path(__file__).resolve().parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("\n## Add a kind of entity\n")[2].partition("\n## ")[0]
METADATA = """\
sources:
  users:
    file: users/
    columns: {id: integer not null}
    keys: {h_users: id}
hubs:
  h_users: {key: user_id}
counts: {c_users: {source: users}}
"""


def fences(word: str) -> list[str]:
    found = re.findall(rf"^ *```{word}\n(.*?)^ *```$", SECTION, re.DOTALL | re.MULTILINE)
    return [dedent(body) for body in found]


def _forget() -> None:
    dv_gen.kinds.all_kinds.cache_clear()
    dv_gen.kinds.sections.cache_clear()
    for name in ("dv_gen.kinds.count", "dv_gen.model.count"):
        sys.modules.pop(name, None)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project that uses the example, with the program's folders as the text wants them."""
    entity, kind = fences("python")
    create, load = fences("jinja")
    for package, text in ((dv_gen.model, entity), (dv_gen.kinds, kind)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / "count.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    landing = BOTH.replace("path: w.duckdb", "path: w.duckdb, landing: landing")
    write_project(
        tmp_path,
        {
            "metadata/model.yml": METADATA,
            "templates/count/create.sql.j2": create,
            "templates/count/load.sql.j2": load,
            "landing/users/1.csv": "id\n1\n2\n",
            "landing/users/2.csv": "id\n2\n",
        },
        project=landing,
    )
    _forget()
    yield tmp_path
    _forget()


def test_the_example_is_validated_listed_and_rendered_for_every_dialect(project: Path) -> None:
    model = load_model(project)

    assert ("count", "c_users", "users", "metadata/model.yml:8") in list_entities(project)
    for target in model.project.targets:
        files = {file.path for file in render_target(project, model, target)}
        assert "counts/c_users.sql" in files


def test_the_example_counts_the_rows_of_every_file_once(project: Path) -> None:
    model = load_model(project)
    render(project, model, model.project.targets[0])

    first = _run(project, reload=False)
    again = _run(project, reload=True)

    assert (first, again) == (0, 0)
    assert _counted(project, model) == [("users/1.csv", 2), ("users/2.csv", 1)]


def _run(project: Path, *, reload: bool) -> int:
    options = RunOptions(
        load_date=datetime(2026, 1, 1),  # noqa: DTZ001 - as the command line gives it
        preview_rows=0,
        reload=reload,
        allow_late=True,
    )
    request = RunRequest(project, target="duckdb", options=options)
    run_id = f"run-{reload}"
    return run_project(request, RunLog(io.StringIO(), run_id), lambda *_: None).exit_code


def _counted(project: Path, model: Model) -> list[tuple]:
    engine = open_engine("duckdb", dict(model.project.targets[0].settings), project)
    engine.connect("test")
    session = engine.session()
    found = session.query('SELECT "load_src", "staged_rows" FROM "vault"."c_users" ORDER BY 1')
    session.close()
    engine.close()
    return found
