from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from dv_gen.kinds.reading import load_model
from dv_gen.render import templates
from dv_gen.render.fast_jinja import environment_class
from dv_gen.render.rendering import render_target

ROOT = Path(__file__).resolve().parents[3]


def test_the_jinja_that_is_installed_is_known() -> None:
    assert environment_class() is not jinja2.Environment


@pytest.mark.parametrize("version", ["3.2.0", "3.10.1", "4.0"])
def test_a_jinja_that_is_not_known_is_used_as_it_is(version: str) -> None:
    assert environment_class(version) is jinja2.Environment


@pytest.mark.parametrize("target", ["duckdb", "postgres", "vertica"])
def test_jinja_as_it_is_renders_the_same(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(ROOT)
    chosen = next(item for item in model.project.targets if item.name == target)
    fast = render_target(ROOT, model, chosen)

    monkeypatch.setattr(templates, "environment_class", lambda: jinja2.Environment)

    assert render_target(ROOT, model, chosen) == fast
