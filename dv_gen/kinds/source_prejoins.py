"""Columns that are fetched from another source of the batch, through a foreign key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.source import Prejoin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import DerivedColumn, Source, SourceColumn

    _Columns = Sequence[SourceColumn | DerivedColumn]


def read_prejoins(
    spec: Spec, draft: Draft, own: _Columns, other_source: Callable[[str], Source | None]
) -> Iterator[Prejoin]:
    """Yield the columns that a source fetches; complain about those that cannot be.

    Args:
        spec: the source's entry.
        draft: the model so far.
        own: the source's delivered and derived columns.
        other_source: reads another source, so that its columns are known.
    """
    for name, entry in spec.get("prejoins", {}).items():
        place = ("prejoins", name)
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *place, key=True, expected=IDENTIFIER_RULE)
        other = _other(spec, draft, entry["source"], (*place, "source"), other_source)
        if other is None:
            continue
        column = entry.get("column", name)
        inner = ("column",) if "column" in entry else ()
        fetched = _there(spec, draft, other, column, *place, *inner)
        pairs = [
            _pair(spec, draft, own, other, here, there, "prejoins", name, "on", here)
            for here, there in entry["on"].items()
        ]
        if fetched is not None and all(pairs):
            here = [item for item in own if item.name in entry["on"]]
            nullable = fetched.nullable or any(item.nullable for item in here)
            on = tuple(entry["on"].items())
            yield Prejoin(
                name, fetched.type, nullable, other.name, on, column, spec.at(*place, key=True)
            )


def _other(
    spec: Spec,
    draft: Draft,
    name: str,
    path: tuple[str, ...],
    other_source: Callable[[str], Source | None],
) -> Source | None:
    if name not in draft.specs["sources"]:
        spec.unknown("source", name, draft.known("sources"), *path)
        return None
    if draft.specs["sources"][name].get("query"):
        what = f"'{name}' is a query over the vault, which is staged after the files"
        spec.complain(what, *path, expected="a source of files")
        return None
    way = [*draft.reading, name]
    if name in draft.reading:
        way = way[way.index(name) :]
        what = f"sources fetch from one another in a circle: {' -> '.join(way)}"
        spec.complain(what, *path, expected="no way back")
        return None
    return other_source(name)


def _there(
    spec: Spec, draft: Draft, other: Source, name: str, *path: str
) -> SourceColumn | DerivedColumn | None:
    """Return a column of the other source: delivered or derived, with a text of its own."""
    known: list[SourceColumn | DerivedColumn] = [*other.columns, *other.derived]
    found = next((item for item in known if item.name == name), None)
    if found is None and not draft.names_column(other.name, name):
        spec.unknown(f"column of {other.name}", name, [item.name for item in known], *path)
    elif found is None and name not in draft.columns_of(other.name, "columns", "derived"):
        what = f"'{name}' of {other.name} is computed after columns are fetched"
        spec.complain(what, *path, expected="a delivered or a derived column")
    return found


def _pair(
    spec: Spec, draft: Draft, own: _Columns, other: Source, here: str, there: str, *path: str
) -> bool:
    mine = next((item for item in own if item.name == here), None)
    if mine is None and here not in draft.columns_of(spec.name, "columns", "derived"):
        spec.unknown("column", here, [item.name for item in own], *path, key=True)
    found = _there(spec, draft, other, there, *path)
    if mine is None or found is None:
        return False
    if mine.type.widened(found.type) is None:
        what = f"'{here}' is {mine.type}, but {other.name}.{there} is {found.type}"
        spec.complain(what, *path, expected="one type")
        return False
    return True
