"""Queries in files of their own: where they lie, and which tables they ask for by ``ref()``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dv_gen.errors import Location, Problem
from dv_gen.kinds.query_text import masked, named_tables, template_fault
from dv_gen.metadata.names import listed, nearest
from dv_gen.model.source import Query

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec


READABLE = "a table of the vault, or a mart"


class Asking(Protocol):
    """What has a query: a mart, or a source that is one."""

    @property
    def sql(self) -> str:
        """The query's template text."""

    @property
    def file(self) -> str:
        """Where the text was read from, relative to the project."""

    @property
    def refs(self) -> tuple[str, ...]:
        """The tables that it reads."""


def read_query(spec: Spec, draft: Draft, name: str, place: Location) -> Query | None:
    """Return the query in a file beside the metadata's; complain when there is none.

    Args:
        spec: the entry that names the file.
        draft: the model so far, for the project's folder.
        name: the file's name, relative to the metadata's file.
        place: where the name stands.
    """
    folder = (draft.folder / spec.location.file).parent
    file = Path(os.path.normpath(folder / name))
    shown = Path(os.path.relpath(file, draft.folder)).as_posix()
    if not shown.startswith("metadata/"):
        what = f"'{name}' leads out of metadata/"
        spec.complain_at(place, what, expected="a file below it, so that a change is noticed")
        return None
    if not file.is_file():
        found = [item for item in sorted(folder.rglob("*.sql")) if item.is_file()]
        known = [item.relative_to(folder).as_posix() for item in found]
        meant = nearest(name, known)
        what = f"there is no file {shown}"
        expected = "" if meant else listed(known) or "a query in it"
        spec.complain_at(place, what, expected=expected, meant=meant)
        return None
    try:
        sql = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        spec.complain_at(Location(shown), "the file is not UTF-8", expected="UTF-8 text")
        return None
    query = Query(sql, shown, _refs(spec, sql, shown))
    fault = template_fault(sql)
    if fault is not None:
        spec.complain_at(place_in(query, fault.at), fault.what, expected=fault.expected)
    return query


def _refs(spec: Spec, sql: str, file: str) -> tuple[str, ...]:
    """Return the names that a query asks for; complain about what is no template."""
    from jinja2 import Environment, TemplateSyntaxError, nodes  # noqa: PLC0415 - only for queries

    # Only parsed here: the text is rendered elsewhere, in a sandbox.
    try:
        tree = Environment(autoescape=False).parse(sql)  # noqa: S701 - SQL, not HTML
    except TemplateSyntaxError as error:
        place = Location(file, error.lineno)
        spec.complain_at(place, f"not a valid template: {error.message}")
        return ()
    except RecursionError:
        spec.complain_at(Location(file), "not a valid template: nested too deeply")
        return ()
    names = []
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name == "ref"):
            continue
        given = call.args[0] if len(call.args) == 1 and not call.kwargs else None
        if isinstance(given, nodes.Const) and isinstance(given.value, str):
            names.append(given.value)
        else:
            # The order of the work is known before anything is rendered.
            what = "ref() with something else than one name"
            spec.complain_at(Location(file, call.lineno), what, expected="ref('table')")
    return tuple(dict.fromkeys(names))


def ref_at(query: Asking, name: str) -> Location:
    """Return where a query first asks for the table ``name``."""
    found = re.search(rf"""\bref\(\s*['"]{re.escape(name)}['"]""", query.sql)
    return place_in(query, found.start() if found else 0)


def place_in(query: Asking, at: int) -> Location:
    """Return the line and column of a place in a query's text."""
    before = query.sql[:at]
    return Location(query.file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def ref_problems(query: Asking, schemas: Mapping[str, str], allowed: str) -> Iterable[Problem]:
    """Yield what is wrong with the tables that a query asks for.

    Args:
        query: the query.
        schemas: the layer of every table.
        allowed: what it may read, in words.
    """
    names = [name for name, schema in schemas.items() if schema != "stage"]
    for ref in query.refs:
        if ref not in schemas:
            meant = nearest(ref, names)
            what = f"ref('{ref}') names no table"
            yield Problem(ref_at(query, ref), what, "" if meant else listed(names), meant)
        elif schemas[ref] == "stage":
            what = f"'{ref}' is a stage table, which the next batch empties"
            yield Problem(ref_at(query, ref), what, allowed)


def unreferenced(
    query: Asking, tables: Mapping[tuple[str, str], str], stages: Container[str], allowed: str
) -> Iterable[Problem]:
    """Yield the tables of the project that a query names without ``ref()``.

    Args:
        query: the query.
        tables: the name of every table, by its schema and name in small letters.
        stages: those of them that are stage tables.
        allowed: what it may read, in words.
    """
    for at, name in named_tables(masked(query.sql), tables):
        what = f"the table {name} is named without ref(), and may be read before it is loaded"
        expected = f"{{{{ ref('{name}') }}}}"
        if name in stages:
            what = f"the table {name} is a stage table, which the next batch empties"
            expected = allowed
        yield Problem(place_in(query, at), what, expected)
