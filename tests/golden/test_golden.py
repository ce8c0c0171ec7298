"""Every case is a project; what it renders to is kept beside it and read by people.

``pytest tests/golden --update-golden`` rewrites the expected files.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dv_gen import __version__, dialects
from dv_gen.kinds.reading import load_model
from dv_gen.render.rendering import render_target

GOLDEN = Path(__file__).parent
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/metadata"))
# The same in every case; generated/ of this repository has it.
LEFT_OUT = {"ledger.sql"}
# Of this case only the checks are kept, and of all others everything else.
OF_CHECKS = "checks"


def _is_kept(case: str, path: str) -> bool:
    return path not in LEFT_OUT and (case == OF_CHECKS) == path.startswith("checks/")


def _rendered(case: str) -> dict[str, str]:
    folder = GOLDEN / case
    model = load_model(folder)
    return {
        f"{target.name}/{file.path}": file.text.replace(f"dv-gen {__version__} ", "dv-gen ", 1)
        for target in model.project.targets
        for file in render_target(folder, model, target)
        if _is_kept(case, file.path)
    }


def _expected(case: str) -> dict[str, str]:
    root = GOLDEN / case / "expected"
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in root.rglob("*.sql")
    }


@pytest.mark.parametrize("case", CASES)
def test_a_project_renders_to_the_sql_that_was_reviewed(case: str, *, update_golden: bool) -> None:
    rendered = _rendered(case)
    if update_golden:
        shutil.rmtree(GOLDEN / case / "expected", ignore_errors=True)
        for name, text in rendered.items():
            path = GOLDEN / case / "expected" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())

    expected = _expected(case)

    assert sorted(rendered) == sorted(expected)
    for name, text in expected.items():
        assert rendered[name] == text, f"tests/golden/{case}/expected/{name}"


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_rendered_for_every_dialect(case: str) -> None:
    assert {name.partition("/")[0] for name in _expected(case)} == set(dialects.names())
