"""The sources of a satellite: each identifies its parent and has its columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from dv_gen.kinds.base import as_list
from dv_gen.kinds.own_hashdiff import hashdiff_name
from dv_gen.kinds.referring import find_column, find_source
from dv_gen.kinds.satellite_parts import (
    Parent,
    read_columns,
    read_order_by,
    read_parent,
    taken_names,
)
from dv_gen.model.entities import SatelliteColumn, SatelliteFeed

if TYPE_CHECKING:
    from dv_gen.kinds.base import Draft
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import Source
    from dv_gen.model.types import SqlType

Place = tuple[str | int, ...]


class Feeds(NamedTuple):
    """What the sources of a satellite agree about; ``parent`` is None after a complaint."""

    feeds: tuple[SatelliteFeed, ...]
    parent: Parent | None
    columns: tuple[SatelliteColumn, ...]
    order_by: tuple[str, ...]


def read_feeds(spec: Spec, draft: Draft, *, historized: bool, exact: bool) -> Feeds | None:
    """Return what the sources that an entry names bring, or None when one of them is wrong.

    Args:
        spec: the entry.
        draft: the model so far.
        historized: whether there is a history view.
        exact: whether the columns enter a hashdiff.
    """
    sources = _sources(spec, draft)
    if not sources:
        return None
    several = isinstance(spec.data["source"], list)
    parents = [
        read_parent(spec, draft, source, *((at,) if several else ()))
        for at, source in enumerate(sources)
    ]
    parent = None if None in parents else parents[0]
    taken = taken_names(draft, parent.key if parent else "", historized=historized)
    taken |= {hashdiff_name(spec, draft)} if exact else set()
    instead = ", or hashdiff: false"
    columns = tuple(read_columns(spec, draft, sources[0], taken, exact=exact, instead=instead))
    order_by = read_order_by(spec, draft, sources[0])
    for position, name in enumerate(order_by):
        place = ("order_by", position) if isinstance(spec.data["order_by"], list) else ("order_by",)
        _agreed(spec, draft, sources, name, place)
    own = {column: _in_each(spec, draft, sources, column) for column in columns}
    feeds = tuple(
        SatelliteFeed(
            source=source.name,
            stage_key=of_source.stage_key if of_source else "",
            key_nullable=of_source is None or of_source.nullable,
            columns=tuple(found[at] for found in own.values() if len(found) == len(sources)),
        )
        for at, (source, of_source) in enumerate(zip(sources, parents, strict=True))
    )
    return Feeds(feeds, parent, tuple(_widest(column, own[column]) for column in columns), order_by)


def _sources(spec: Spec, draft: Draft) -> list[Source]:
    entry = spec.data["source"]
    names = as_list(entry)
    found = []
    for position, name in enumerate(names):
        place = ("source", position) if isinstance(entry, list) else ("source",)
        source = find_source(spec, draft, name, *place)
        if name in names[:position]:
            spec.complain(f"'{name}' stands here twice", *place, expected="once")
        elif source is not None:
            found.append(source)
    return found if len(found) == len(names) else []


def _in_each(
    spec: Spec, draft: Draft, sources: list[Source], column: SatelliteColumn
) -> list[SatelliteColumn]:
    """Return a column as each source has it, as far as they agree."""
    types = _agreed(spec, draft, sources, column.source_column, _place(spec, column))
    return [replace(column, type=kind, nullable=nullable) for kind, nullable in types]


def _agreed(
    spec: Spec, draft: Draft, sources: list[Source], name: str, place: Place
) -> list[tuple[SqlType, bool]]:
    agreed: SqlType | None = None
    types = []
    for source in sources:
        # The first source has had its complaint.
        known = source.types.get(name)
        found = known if source is sources[0] else find_column(spec, draft, source, name, *place)
        if found is None:
            continue
        wider = found[0] if agreed is None else agreed.widened(found[0])
        if wider is None:
            what = f"{source.name}.{name} is {found[0]}, but {sources[0].name}.{name} is {agreed}"
            spec.complain(what, *place, expected="one type")
            continue
        agreed = wider
        types.append(found)
    return types


def _widest(column: SatelliteColumn, own: list[SatelliteColumn]) -> SatelliteColumn:
    kind = column.type
    for other in own:
        kind = kind.widened(other.type) or kind
    return replace(column, type=kind, nullable=any(other.nullable for other in own))


def _place(spec: Spec, column: SatelliteColumn) -> Place:
    entry = spec.data["columns"]
    for position, item in enumerate(entry if isinstance(entry, list) else []):
        if item == {column.name: column.source_column}:
            return ("columns", position, column.name)
        if item == column.source_column == column.name:
            return ("columns", position)
    return ("columns",)
