"""Marts: queries over the vault; ``ref('name')`` names a table and orders the work."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dv_gen.errors import Location
from dv_gen.kinds.base import TAGS, TEXT, Draft, Kind, Statement, Step, Table
from dv_gen.metadata.names import listed, nearest
from dv_gen.model.entities import Mart, Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec

_SCHEMA = {
    "type": ["object", "string"],
    "additionalProperties": False,
    "required": ["sql"],
    "properties": {
        "sql": {**TEXT, "description": "the query's file, beside this one"},
        "materialized": {"enum": ["table", "view"]},
        "order_by": {**TEXT, "description": "the order in which it is shown, as SQL"},
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    inside = isinstance(spec.data, dict)
    name = spec.data["sql"] if inside else spec.data
    place = spec.at("sql") if inside else spec.at()
    folder = (draft.folder / spec.location.file).parent
    file = Path(os.path.normpath(folder / name))
    shown = Path(os.path.relpath(file, draft.folder)).as_posix()
    if not shown.startswith("metadata/"):
        what = f"'{name}' leads out of metadata/"
        spec.complain_at(place, what, expected="a file below it, so that a change is noticed")
        return
    if not file.is_file():
        known = [item.relative_to(folder).as_posix() for item in sorted(folder.rglob("*.sql"))]
        meant = nearest(name, known)
        what = f"there is no file {shown}"
        expected = "" if meant else listed(known) or "a query in it"
        spec.complain_at(place, what, expected=expected, meant=meant)
        return
    try:
        sql = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        spec.complain_at(Location(shown), "the file is not UTF-8", expected="UTF-8 text")
        return
    draft.marts[spec.name] = Mart(
        name=spec.name,
        location=spec.location,
        sql=sql,
        file=shown,
        refs=_refs(spec, sql, shown),
        materialized=spec.get("materialized", "table"),
        order_by=spec.get("order_by", ""),
        tags=tuple(spec.get("tags", [])),
    )


def _refs(spec: Spec, sql: str, file: str) -> tuple[str, ...]:
    """Return the names that a query asks for; complain about what is no template."""
    from jinja2 import Environment, TemplateSyntaxError, nodes  # noqa: PLC0415 - only for marts

    # Only parsed here: the text is rendered elsewhere, in a sandbox.
    try:
        tree = Environment(autoescape=False).parse(sql)  # noqa: S701 - SQL, not HTML
    except TemplateSyntaxError as error:
        place = Location(file, error.lineno)
        spec.complain_at(place, f"not a valid template: {error.message}")
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


def ref_at(mart: Mart, name: str) -> Location:
    """Return where a mart's query first asks for the table ``name``."""
    found = re.search(rf"""\bref\(\s*['"]{re.escape(name)}['"]""", mart.sql)
    before = mart.sql[: found.start()] if found else ""
    return Location(mart.file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def find_cycles(marts: Iterable[Mart]) -> Iterable[list[str]]:
    """Yield each circle of marts that read one another, as the names on the way round."""
    refs = {mart.name: list(mart.refs) for mart in marts}
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> Iterable[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
            return
        if name in done or name not in refs:
            return
        for other in refs[name]:
            yield from walk(other, [*way, name])
        done.add(name)

    for name in refs:
        yield from walk(name, [])


def _tables(model: Model) -> Iterable[Table]:
    for mart in model.marts.values():
        is_view = mart.materialized == "view"
        yield Table("mart", mart.name, (), mart.location, is_view=is_view)


def _steps(model: Model) -> Iterable[Step]:
    for mart in model.marts.values():
        yield Step(
            id=f"publish:{mart.name}",
            kind=KIND.name,
            entity=mart.name,
            phase="publish",
            path=f"marts/{mart.name}.sql",
            location=mart.location,
            statements=tuple(
                Statement(name, f"mart/{mart.materialized}/{name}.sql.j2", {"mart": mart})
                for name in _STATEMENTS[mart.materialized]
            ),
            table=mart.name,
            needs=mart.refs,
            tags=mart.tags,
            options={"order_by": mart.order_by, "materialized": mart.materialized},
        )


# The new rows are computed before the old ones are taken away, so that readers
# of an engine whose DDL commits see one or the other, and not a half.
_STATEMENTS = {"view": ("create",), "table": ("drop_left_over", "build", "drop_old", "publish")}

KIND = Kind(
    name="mart",
    section="marts",
    order=90,
    description="queries over the vault",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
)
