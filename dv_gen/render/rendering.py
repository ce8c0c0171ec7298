"""From steps to text: every file of a target, with the lines of its statements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, UndefinedError

from dv_gen import __version__
from dv_gen.errors import Location, MetadataError, Problem
from dv_gen.kinds import all_kinds, foundation
from dv_gen.metadata.names import listed, nearest
from dv_gen.render.templates import make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jinja2 import Environment

    from dv_gen.kinds.base import Statement, Step, Table
    from dv_gen.model.entities import Model
    from dv_gen.model.project import Target

_LITERAL_OR_PARAMETER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|(?<![:\w])[:$]([a-z_]+)\b")


@dataclass(frozen=True)
class RenderedStatement:
    """One statement: its lines in the file (from 1, both included) and its parameters."""

    name: str
    first_line: int
    last_line: int
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class RenderedFile:
    """One file of ``generated/<target>/``."""

    step: Step
    path: str
    text: str
    statements: tuple[RenderedStatement, ...]


def render_target(folder: Path, model: Model, target: Target) -> list[RenderedFile]:
    """Return every file of a target, in the order of the run.

    The text depends on the metadata, the templates and the version, and on nothing else (R1).

    Raises:
        MetadataError: when a template of the project's own is wrong.
    """
    environment = make_environment(folder, model.project, target.type)
    tables = {table.name: table for kind in all_kinds() for table in kind.tables(model)}
    steps = chain(foundation.steps(model), *(kind.steps(model) for kind in all_kinds()))
    return [_render_step(environment, model, step, tables) for step in steps]


def _render_step(
    environment: Environment, model: Model, step: Step, tables: dict[str, Table]
) -> RenderedFile:
    place = f"{step.location.file}:{step.location.line}"
    lines = [
        f"-- {step.kind} {step.entity}: rendered by dv-gen {__version__} from {place}.",
        "-- Edit the metadata or the templates, not this file.",
    ]
    names = "file, columns and new_line (of the file), load_dt, load_src and rows_before"
    if step.phase == "stage":
        lines.append(f"-- Parameters, bound by the run: {names}.")
    rendered = []
    for statement in step.statements:
        text = _render_statement(environment, model, step, statement, tables)
        lines.append("")
        first = len(lines) + 1
        lines.extend(text.splitlines())
        # A comment at the end would swallow the semicolon.
        if "--" in lines[-1]:
            lines.append(";")
        else:
            lines[-1] += ";"
        rendered.append(
            RenderedStatement(statement.name, first, len(lines), tuple(_parameters(text)))
        )
    return RenderedFile(step, step.path, "\n".join(lines) + "\n", tuple(rendered))


def _parameters(text: str) -> Iterator[str]:
    found = (match[1] for match in _LITERAL_OR_PARAMETER.finditer(text))
    return iter(dict.fromkeys(name for name in found if name))


def _render_statement(
    environment: Environment,
    model: Model,
    step: Step,
    statement: Statement,
    tables: dict[str, Table],
) -> str:
    context: dict[str, Any] = dict(statement.context)
    try:
        if "mart" in context:
            context["query"] = _query(environment, model, context["mart"], tables)
        text = environment.get_template(statement.template).render(context)
    except TemplateError as error:
        line = getattr(error, "lineno", None) or 1
        name = getattr(error, "filename", None) or statement.template
        place = Location(str(name), line) if "mart" not in context else step.location
        what = f"the template {statement.template} cannot be rendered: {error}"
        raise MetadataError([Problem(place, what)]) from error
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _query(environment: Environment, model: Model, mart: Any, tables: dict[str, Table]) -> str:  # noqa: ANN401 - a Mart, or a kind of its like
    fragments: Any = environment.globals["sql"]

    def ref(name: str) -> str:
        table = tables.get(name)
        if table is None:
            meant = nearest(name, tables)
            expected = "" if meant else listed(tables)
            what = f"ref('{name}') names no table"
            raise MetadataError([Problem(Location(mart.file), what, expected, meant)])
        return str(fragments.table(getattr(model.project.schemas, table.schema), table.name))

    try:
        return str(environment.from_string(mart.sql).render(ref=ref)).strip().rstrip(";").rstrip()
    except UndefinedError as error:
        raise MetadataError([Problem(Location(mart.file), str(error), "ref('table')")]) from error
    except TemplateError as error:
        place = Location(mart.file, getattr(error, "lineno", None) or 1)
        raise MetadataError([Problem(place, f"not a valid template: {error}")]) from error
