"""The statements of changes, rendered when there is a change: few runs have one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from dv_gen.metadata.project_file import load_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jinja2 import Environment

    from dv_gen.model.project import Target
    from dv_gen.run.changes.difference import Change, Difference

    Renderer = Callable[[Change], str]


def change_renderer(folder: Path, target: Target) -> Renderer:
    """Return what renders a change in the words of a target's engine.

    Args:
        folder: the project's folder, whose templates may take the place of dv-gen's.
        target: the target.
    """

    @cache
    def environment() -> Environment:
        from dv_gen.render.templates import make_environment  # noqa: PLC0415 - few runs need it

        return make_environment(folder, load_project(folder), target)

    return lambda change: render_change(environment(), change)


def render_change(environment: Environment, change: Change) -> str:
    """Return the statement of a change, without a semicolon."""
    template = environment.get_template(f"changes/{change.template}.sql.j2")
    return str(template.render(change.context)).strip()


def with_texts(difference: Difference, render: Renderer) -> Difference:
    """Return a difference with the texts of its statements."""
    return replace(difference, texts=tuple(render(change) for change in difference.changes))
