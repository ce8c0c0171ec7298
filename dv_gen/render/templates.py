"""The Jinja environment: templates, the dialect's fragments and what they may see."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.sandbox import SandboxedEnvironment

from dv_gen import dialects
from dv_gen.dialects.base import quoted, quoted_table
from dv_gen.model.source import SourceColumn
from dv_gen.render.fast_jinja import environment_class
from dv_gen.render.folders import own_templates, template_folders
from dv_gen.render.layouts import Layouts
from dv_gen.render.server_copy import reads_itself

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from jinja2.runtime import Context

    from dv_gen.model.entities import Column
    from dv_gen.model.physical import Physical
    from dv_gen.model.project import Project, Target
    from dv_gen.model.source import DerivedColumn
    from dv_gen.model.types import SqlType

# Fragments over all columns of a source, which several statements have in common.
_SHARED = ("checked", "value_texts")


class Fragments:
    """The macros that differ by dialect, looked up by name at the moment of use.

    A macro calls another through this object, so that an override is seen by all of them.
    """

    table = staticmethod(quoted_table)


def make_environment(
    folder: Path, project: Project, target: Target, physical: Mapping[str, Physical] | None = None
) -> Environment:
    """Return the environment that renders a project for a target.

    Templates see the model and names; never a connection, a credential or the clock.

    Args:
        folder: the project's folder, which may have templates of its own.
        project: names, schemas, the hash rule.
        target: whose dialect it is.
        physical: by table, how it is stored, as far as the metadata says.
    """
    dialect = dialects.get(target.type)
    folders = template_folders(folder)
    # The sandbox costs as much again as rendering; dv-gen's own templates need none.
    own = folders == [own_templates().resolve()]
    kind = environment_class() if own else SandboxedEnvironment
    environment = kind(  # the loader's files are SQL, not HTML
        loader=ChoiceLoader([FileSystemLoader(path) for path in folders]),
        undefined=StrictUndefined,
        autoescape=False,  # SQL, not HTML: names and texts go through ident and literal
        keep_trailing_newline=False,
        auto_reload=False,
        cache_size=-1,
    )

    digest_bytes, store = project.hash.digest_bytes, project.hash.store

    # With a context, so that Jinja does not work them out while it compiles: the code of a template
    # is the same for all dialects.
    @pass_context
    def column_type(_: Context, kind: SqlType) -> str:
        return dialect.column_type(kind, digest_bytes=digest_bytes, store=store)

    @pass_context
    def declared_type(_: Context, kind: SqlType) -> str:
        return dialect.declared_type(kind, digest_bytes=digest_bytes, store=store)

    @pass_context
    def text_type(_: Context, characters: int) -> str:
        return dialect.text_type(characters)

    @pass_context
    def declared_text(_: Context, characters: int) -> str:
        return dialect.collated(dialect.text_type(characters))

    fragments = Fragments()
    # The same text every time (R1).
    del environment.globals["lipsum"], environment.filters["random"]
    environment.filters.update(
        ident=quoted,
        idents=idents,
        names=names,
        column_type=column_type,
        declared_type=declared_type,
        text_type=text_type,
        declared_text=declared_text,
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
        layout=Layouts(physical or {}, target, dialect),
    )
    layers = [
        "dialects/base.sql.j2",
        "stage/_typed.sql.j2",
        "stage/_rows.sql.j2",
        "hash/dv_gen.sql.j2",
        *(["hash/classic.sql.j2"] if project.hash.rule == "classic" else []),
        *(["hash/natural.sql.j2"] if project.hash.is_natural else []),
        f"dialects/{dialect.name}.sql.j2",
        *([f"dialects/{dialect.name}_server.sql.j2"] if reads_itself(target) else []),
    ]
    for layer in layers:
        module: Any = environment.get_template(layer).module
        for name in module.__dict__:
            if not name.startswith("_"):
                macro = getattr(module, name)
                setattr(fragments, name, _remembered(macro) if name in _SHARED else macro)
    # The names of entities stand in many statements.
    literal: Callable[[str], str] = fragments.literal  # type: ignore[attr-defined]  # a macro
    fragments.literal = lru_cache(maxsize=None, typed=True)(literal)  # type: ignore[attr-defined]
    return environment


def _remembered(macro: Callable[..., str]) -> Callable[..., str]:
    """Return a macro that renders the same columns once, however many statements ask for them.

    Fragments depend on their arguments alone. Which arguments are the same is told by identity:
    to compare them costs as much as to render them.
    """
    known: dict[tuple[Any, ...], tuple[object, str]] = {}

    def call(first: Any, *rest: Any) -> str:  # noqa: ANN401 - whatever the templates pass on
        key = (id(first), *rest)
        found = known.get(key)
        if found is None:
            # The columns are kept with the text: no others can get their id.
            found = known[key] = (first, macro(first, *rest))
        return found[1]

    return call


def make_query_environment(dialect: object) -> Environment:
    """Return the environment of the marts' queries; they see ``ref`` and the dialect."""
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    del environment.globals["lipsum"], environment.filters["random"]
    environment.globals["dialect"] = dialect
    return environment


def idents(given: Iterable[str], prefix: str = "") -> str:
    """Return quoted names, each behind a prefix, separated by commas.

    >>> idents(["id", "no"], "held.")
    'held."id", held."no"'
    """
    return ", ".join([prefix + quoted(name) for name in given])


def names(columns: Iterable[Column | SourceColumn], suffix: str = "") -> list[str]:
    """Return the quoted names of columns, or of what belongs to them by a suffix.

    >>> from dv_gen.model.source import SourceColumn
    >>> from dv_gen.model.types import INTEGER
    >>> names([SourceColumn("id", INTEGER)], " fits")
    ['"id fits"']
    """
    return [quoted(column.name + suffix) for column in columns]


def misfit(column: SourceColumn | DerivedColumn) -> str:
    """Return why a text does not fit a column, for the rejects table."""
    if column.type.is_text:
        return f"longer than {column.type.length} characters"
    if isinstance(column, SourceColumn) and column.format:
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
