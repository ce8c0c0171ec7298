"""The Jinja environment: templates, the dialect's fragments and what they may see."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from dv_gen import dialects

if TYPE_CHECKING:
    from jinja2 import Environment

    from dv_gen.model.project import Project
    from dv_gen.model.source import SourceColumn
    from dv_gen.model.types import SqlType

TEMPLATES = "templates"


@cache
def own_templates() -> Path:
    """Return the folder of dv-gen's own templates: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / TEMPLATES
    return inside if inside.is_dir() else package.parent / TEMPLATES


def template_folders(folder: Path) -> list[Path]:
    """Return where templates are looked up; a project's own come first."""
    found = [folder / TEMPLATES, own_templates()]
    return [path for path in dict.fromkeys(path.resolve() for path in found) if path.is_dir()]


class Fragments:
    """The macros that differ by dialect, looked up by name at the moment of use.

    A macro calls another through this object, so that an override is seen by all of them.
    """


def make_environment(folder: Path, project: Project, dialect_name: str) -> Environment:
    """Return the environment that renders a project for a dialect.

    Templates see the model and names; never a connection, a credential or the clock.
    """
    dialect = dialects.get(dialect_name)
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(path) for path in template_folders(folder)]),
        undefined=StrictUndefined,
        autoescape=False,  # SQL, not HTML: names and texts go through ident and literal
        keep_trailing_newline=False,
        auto_reload=False,
        cache_size=-1,
    )

    def column_type(kind: SqlType) -> str:
        digest_bytes = project.hash.digest_bytes
        return dialect.column_type(kind, digest_bytes=digest_bytes, store=project.hash.store)

    fragments = Fragments()
    # The same text every time (R1).
    del environment.globals["lipsum"], environment.filters["random"]
    environment.filters.update(
        column_type=column_type,
        text_type=dialect.text_type,
        misfit=misfit,
        format_pattern=format_pattern,
    )
    environment.globals.update(
        sql=fragments,
        # A target may hold a password.
        project=replace(project, targets=()),
        schemas=project.schemas,
        naming=project.naming,
        dialect=dialect,
    )
    layers = [
        "dialects/base.sql.j2",
        "hash/dv_gen.sql.j2",
        *(["hash/classic.sql.j2"] if project.hash.rule == "classic" else []),
        f"dialects/{dialect_name}.sql.j2",
    ]
    for layer in layers:
        module: Any = environment.get_template(layer).module
        for name in module.__dict__:
            if not name.startswith("_"):
                setattr(fragments, name, getattr(module, name))
    return environment


def misfit(column: SourceColumn) -> str:
    """Return why a text does not fit a column, for the rejects table."""
    if column.type.is_text:
        return f"longer than {column.type.length} characters"
    if column.format:
        return f"not a {column.type} like {column.format}"
    article = "an" if column.type.name == "integer" else "a"
    return f"not {article} {column.type}"


def _one(letter: str) -> str:
    return f"\\{letter}" if letter in "\\^]" else f"[{letter}]"


def format_pattern(form: str) -> str:
    """Return the regular expression of the texts that a date format can produce.

    >>> format_pattern("%d.%m.%Y")
    '[0-9]{2}[.][0-9]{2}[.][0-9]{4}'
    """
    widths = {"%Y": "{4}", "%f": "{6}"}
    result = ""
    position = 0
    while position < len(form):
        token = form[position : position + 2]
        if token.startswith("%"):
            result += "[0-9]" + widths.get(token, "{2}")
            position += 2
        else:
            letter = form[position]
            result += letter if letter.isalnum() or letter == " " else _one(letter)
            position += 1
    return result
