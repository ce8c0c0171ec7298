"""From steps to text: one file an entity, with the lines of its statements."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, TemplateSyntaxError

from dv_gen import __version__
from dv_gen.dialects.base import quoted_table
from dv_gen.errors import Location, MetadataError, Problem
from dv_gen.kinds import all_kinds, all_tables, casing, checks, foundation
from dv_gen.kinds.lifted_keys import with_lifted_keys
from dv_gen.kinds.partitions import check_dates, with_partitions
from dv_gen.kinds.query_text import query_fault, without_end
from dv_gen.kinds.statistics import statistics_of, with_statistics
from dv_gen.render.server_copy import check_files
from dv_gen.render.templates import make_environment, make_query_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from jinja2 import Environment, Template

    from dv_gen.dialects.base import Dialect
    from dv_gen.kinds.base import Statement, Step, Table
    from dv_gen.model.entities import Model
    from dv_gen.model.project import Target
    from dv_gen.render.withs import WithTables

# What the run binds; nothing but the stage's statements has parameters.
_PARAMETERS = (
    *("file", "record_terminator", "columns", "new_line", "load_dt", "load_src", "rows_before"),
    *("period_start", "period_end"),
    *("csv_delimiter", "csv_quote", "csv_null"),
    "rows",
)
# A quote in a literal is doubled: there one ends and the next begins.
_QUOTED = r"""'[^']*'|"[^"]*"|--[^\n]*|/\*.*?\*/"""
_QUOTED_TEXT = re.compile(_QUOTED, re.DOTALL)
# The sign comes first, so that the search jumps from one to the next.
_PARAMETER = re.compile(r"[:$](?<![:\w][:$])([a-z_]+)\b")
_QUOTED_OR_TRAILING = re.compile(_QUOTED + r"|[ \t]+(?=\n)", re.DOTALL)
# What a template of the project's own may do wrong, besides what Jinja itself notices.
_TEMPLATE_ERRORS = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class RenderedStatement:
    """One statement: its lines in the file (from 1, both included) and its parameters."""

    name: str
    first_line: int
    last_line: int
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class RenderedStep:
    """One step and its statements' places in its file."""

    step: Step
    statements: tuple[RenderedStatement, ...]


@dataclass(frozen=True)
class RenderedFile:
    """One file of ``generated/<target>/``: all steps of one entity, in the order of the run."""

    path: str
    text: str
    steps: tuple[RenderedStep, ...]

    @cached_property
    def content(self) -> bytes:
        """The file's bytes."""
        return self.text.encode()


def render_target(folder: Path, model: Model, target: Target) -> list[RenderedFile]:
    """Return every file of a target, in the order of the run.

    The text depends on the metadata, the templates and the version, and on nothing else (R1).

    Raises:
        MetadataError: when a template of the project's own is wrong, or the target cannot have what
            the metadata says.
    """
    check_files(model, target)
    environment = make_environment(folder, model.project, target, model.physical)
    tables = {table.name: table for table in all_tables(model)}
    dialect: Any = environment.globals["dialect"]
    made: Iterable[Step] = chain.from_iterable(kind.steps(model) for kind in all_kinds())
    if dialect.monthly_partitions:
        check_dates(model, target, tables)
        made = with_partitions(made, model)
    if dialect.lifted_keys:
        made = with_lifted_keys(made)
    made = chain(foundation.steps(model), made)
    templates: dict[str, Template] = {}
    # Where the planner is told nothing, thousands of steps would have nothing to say.
    if _render_statement(environment, model, statistics_of("any"), tables, templates):
        made = with_statistics(made, tables)
    steps = chain(made, checks.steps(model), casing.steps(model))
    files: dict[str, list[Step]] = {}
    for step in steps:
        files.setdefault(step.path, []).append(step)
    withs = _with_tables(dialect, environment, tables) if dialect.with_is_inlined else None
    return [
        _render_file(environment, model, path, found, tables, templates, withs)
        for path, found in files.items()
    ]


def check_queries(folder: Path, model: Model, target: Target) -> None:
    """Render the queries of a target alone, and check what the target cannot have.

    Raises:
        MetadataError: as :func:`render_target`.
    """
    problems: list[Problem] = []
    environment = make_environment(folder, model.project, target, model.physical)
    tables = {table.name: table for table in all_tables(model)}
    dialect: Any = environment.globals["dialect"]
    sources = (source.query for source in model.sources.values() if source.query)
    work: list[Callable[[], object]] = [partial(check_files, model, target)]
    if dialect.monthly_partitions:
        work.append(partial(check_dates, model, target, tables))
    work += [
        partial(_query, environment, model, asking, tables)
        for asking in (*model.marts.values(), *sources)
    ]
    for check in work:
        try:
            check()
        except MetadataError as error:
            problems += error.problems
    if problems:
        raise MetadataError(problems)


def _with_tables(dialect: Dialect, environment: Environment, tables: Iterable[str]) -> WithTables:
    from dv_gen.render.withs import WithTables  # noqa: PLC0415 - few engines need its patterns

    return WithTables(dialect, environment, tables)


def _render_file(
    environment: Environment,
    model: Model,
    path: str,
    steps: list[Step],
    tables: dict[str, Table],
    templates: dict[str, Template],
    withs: WithTables | None,
) -> RenderedFile:
    texts = []
    for step in steps:
        found = [
            (item.name, _render_statement(environment, model, item, tables, templates))
            for item in step.statements
        ]
        texts.append(withs.split(step.phase, step.entity, found) if withs else found)
    parameters = [
        [_parameters(text) if step.phase in ("stage", "query") else () for _, text in found]
        for step, found in zip(steps, texts, strict=True)
    ]
    first = steps[0]
    place = f"{first.location.file}:{first.location.line}"
    lines = [
        f"-- {first.kind} {first.entity}: rendered by dv-gen {__version__} from {place}.",
        "-- Edit the metadata or the templates, not this file.",
        *(f"-- {note}" for note in first.notes),
    ]
    bound = dict.fromkeys(chain.from_iterable(chain.from_iterable(parameters)))
    if bound:
        lines.append(f"-- Parameters, bound by the run: {', '.join(bound)}.")
    at = len(lines)
    rendered = []
    for step, found, names in zip(steps, texts, parameters, strict=True):
        statements, at = _add_statements(lines, at, found, names)
        if statements:
            rendered.append(RenderedStep(step, statements))
    return RenderedFile(path, "\n".join(lines) + "\n", tuple(rendered))


def _add_statements(
    lines: list[str], at: int, texts: list[tuple[str, str]], parameters: list[tuple[str, ...]]
) -> tuple[tuple[RenderedStatement, ...], int]:
    """Append the statements of a step to a file of ``at`` lines; return their places, and its end.

    What is appended may be of several lines: to take it apart costs more than to count them.
    """
    rendered = []
    for (name, text), names in zip(texts, parameters, strict=True):
        if not text:
            # Not every engine has a use for every statement.
            continue
        first = at + 2
        # A comment at the end would swallow the semicolon.
        end = "\n;" if "--" in text[text.rfind("\n") + 1 :] else ";"
        lines += ["", text + end]
        at = first + text.count("\n") + end.count("\n")
        rendered.append(RenderedStatement(name, first, at, names))
    return tuple(rendered), at


def _parameters(text: str) -> tuple[str, ...]:
    if not any(name in _PARAMETERS for name in _PARAMETER.findall(text)):
        return ()
    found = dict.fromkeys(_PARAMETER.findall(_QUOTED_TEXT.sub(" ", text)))
    return tuple(name for name in found if name in _PARAMETERS)


def _tidy(text: str) -> str:
    """Drop blanks at the end of lines, but not those inside a literal of several lines."""
    text = text.strip()
    if " \n" not in text and "\t\n" not in text:
        return text
    return _QUOTED_OR_TRAILING.sub(
        lambda found: "" if found[0].isspace() else _kept(found[0]), text
    )


def _kept(token: str) -> str:
    return token.rstrip() if token.startswith("--") else token


def _render_statement(
    environment: Environment,
    model: Model,
    statement: Statement,
    tables: dict[str, Table],
    templates: dict[str, Template],
) -> str:
    context: dict[str, Any] = dict(statement.context)
    asking = context.get("asking") or context.get("mart")
    if asking is not None:
        context["query"] = _query(environment, model, asking, tables)
    try:
        template = templates.get(statement.template)
        if template is None:
            # Thousands of statements share a few dozen templates.
            template = templates[statement.template] = environment.get_template(statement.template)
        text = template.render(context)
    except _TEMPLATE_ERRORS as error:
        place = _place(error, statement.template)
        what = f"the template {statement.template} cannot be rendered: {error}"
        raise MetadataError([Problem(place, what)]) from error
    return _tidy(text)


def _place(error: Exception, name: str) -> Location:
    """Return the template and line in which an error arose, as far as it says."""
    if isinstance(error, TemplateSyntaxError):
        return Location(str(error.filename or name), error.lineno)
    place = Location(name)
    for frame, line in traceback.walk_tb(error.__traceback__):
        # Jinja shows the templates themselves as the frames that they run in.
        if "__jinja_exception__" in frame.f_globals:
            file = frame.f_code.co_filename
            place = Location(name if file == "<template>" else file, line)
    return place


def _query(environment: Environment, model: Model, asking: Any, tables: dict[str, Table]) -> str:  # noqa: ANN401 - a Mart, or a kind of its like
    queries = make_query_environment(environment.globals["dialect"])

    def ref(name: str) -> str:
        if name not in asking.refs:
            raise LookupError(f"ref('{name}') has to be written out: the order of work hangs on it")
        table = tables[name]
        return quoted_table(getattr(model.project.schemas, table.schema), table.name)

    try:
        text = str(queries.from_string(asking.sql).render(ref=ref))
    except _TEMPLATE_ERRORS as error:
        what = f"the query cannot be rendered: {error}"
        raise MetadataError([Problem(_place(error, asking.file), what)]) from error
    fault = query_fault(text)
    if fault is not None:
        # What the file itself says is told with its place; this is what Jinja has made of it.
        line = text[: fault.at].count("\n") + 1
        what = f"{fault.what}, on line {line} of what the template becomes"
        raise MetadataError([Problem(Location(asking.file), what, fault.expected)])
    return without_end(text)
