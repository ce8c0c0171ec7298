"""The Jinja environment: templates, the dialect's fragments and what they may see."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from dv_gen import dialects
from dv_gen.dialects.base import quoted, quoted_table
from dv_gen.render.folders import own_templates, template_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dv_gen.model.project import Project
    from dv_gen.model.source import SourceColumn
    from dv_gen.model.types import SqlType


class Fragments:
    """The macros that differ by dialect, looked up by name at the moment of use.

    A macro calls another through this object, so that an override is seen by all of them.
    """

    table = staticmethod(quoted_table)


def make_environment(folder: Path, project: Project, dialect_name: str) -> Environment:
    """Return the environment that renders a project for a dialect.

    Templates see the model and names; never a connection, a credential or the clock.
    """
    dialect = dialects.get(dialect_name)
    folders = template_folders(folder)
    # The sandbox costs as much again as rendering; dv-gen's own templates need none.
    kind = Environment if folders == [own_templates().resolve()] else SandboxedEnvironment
    environment = kind(  # the loader's files are SQL, not HTML
        loader=ChoiceLoader([FileSystemLoader(path) for path in folders]),
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
        ident=quoted,
        column_type=column_type,
        text_type=dialect.text_type,
        misfit=misfit,
        format_pattern=format_pattern,
        moment_parts=moment_parts,
        moment_words=moment_words,
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
        "stage/_typed.sql.j2",
        "hash/dv_gen.sql.j2",
        *(["hash/classic.sql.j2"] if project.hash.rule == "classic" else []),
        f"dialects/{dialect_name}.sql.j2",
    ]
    for layer in layers:
        module: Any = environment.get_template(layer).module
        for name in module.__dict__:
            if not name.startswith("_"):
                setattr(fragments, name, _remembered(getattr(module, name)))
    return environment


def _remembered(macro: Callable[..., str]) -> Callable[..., str]:
    """Return a macro that renders equal arguments once: fragments depend on nothing else."""
    # Typed: True is not 1 to a database.
    known = lru_cache(maxsize=None, typed=True)(macro)

    def call(*arguments: Any) -> str:  # noqa: ANN401 - whatever the templates pass on
        try:
            return known(*arguments)
        except TypeError:  # a list of texts has no hash; any other mistake comes up again
            return macro(*arguments)

    return call


def make_query_environment(dialect: object) -> Environment:
    """Return the environment of the marts' queries; they see ``ref`` and the dialect."""
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    del environment.globals["lipsum"], environment.filters["random"]
    environment.globals["dialect"] = dialect
    return environment


def misfit(column: SourceColumn) -> str:
    """Return why a text does not fit a column, for the rejects table."""
    if column.type.is_text:
        return f"longer than {column.type.length} characters"
    if column.format:
        return f"not a {column.type} like {column.format}"
    article = "an" if column.type.name == "integer" else "a"
    return f"not {article} {column.type}"


_PIECES = re.compile(r"%.|.", re.DOTALL)


def _one(letter: str) -> str:
    if letter.isalnum() or letter == " ":
        return letter
    return f"\\{letter}" if letter in "\\^]" else f"[{letter}]"


def format_pattern(form: str) -> str:
    """Return the regular expression of the texts that a date format can produce.

    >>> format_pattern("%d.%m.%Y")
    '[0-9]{2}[.][0-9]{2}[.][0-9]{4}'
    """
    return "".join(
        f"[0-9]{{{_width(piece)}}}" if piece.startswith("%") else _one(piece)
        for piece in _PIECES.findall(form)
    )


def moment_parts(form: str) -> dict[str, tuple[int, int]]:
    """Return where each token of a date format begins in a text, from 1, and how long it is.

    >>> moment_parts("%d.%m.%Y")
    {'%d': (1, 2), '%m': (4, 2), '%Y': (7, 4)}
    """
    parts: dict[str, tuple[int, int]] = {}
    start = 1
    for piece in _PIECES.findall(form):
        if piece.startswith("%"):
            parts.setdefault(piece, (start, _width(piece)))
        start += _width(piece)
    return parts


def moment_words(form: str, words: Mapping[str, str]) -> str:
    """Return a date format in an engine's own words, with letters of its own in double quotes.

    >>> moment_words("%Y-%mT", {"%Y": "YYYY", "%m": "MM"})
    'YYYY-MM"T"'
    """
    return "".join(
        words[piece] if piece in words else f'"{piece}"' if piece.isalnum() else piece
        for piece in _PIECES.findall(form)
    )


def _width(piece: str) -> int:
    return {"%Y": 4, "%f": 6}.get(piece, len(piece))
