"""What is asked of a table that another tool has built: whether its digests are ours (H6).

A few of the newest rows are hashed again from what is stored: a satellite's payload, the business
keys of its parent. The query returns the texts that a digest may be made of as well, so that the
run can say which columns were in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dv_gen.kinds.base import Statement
from dv_gen.kinds.stage_hashes import Component, HashColumn
from dv_gen.model.types import HASH, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dv_gen.model.entities import Link, Model, SatelliteColumn
    from dv_gen.model.source import Source
    from dv_gen.model.tracking import Tracking

# The names of the statements, by what their answer is about.
HASHDIFFS, LINK_KEYS, TRACKED = "same_hashdiffs", "same_link_hashes", "same_tracked"
# Rows enough to tell lists of columns apart, and few enough for any table.
ROWS = 50
_TEXT = SqlType("varchar", 255)


class Joined(NamedTuple):
    """A table that holds parts of a digest: its alias, and the columns that it is joined by."""

    table: str
    alias: str
    column: str
    other: str
    other_column: str


class Stored(NamedTuple):
    """A value that a digest may be made of.

    Attributes:
        alias: of the table that holds it.
        column: its column there.
        type: its type there.
        name: what the source, and so the metadata, calls it.
        number: tells it apart from all others.
    """

    alias: str
    column: str
    type: SqlType
    name: str
    number: int

    @property
    def component(self) -> Component:
        """The value as a part of a hash."""
        return Component(f"value {self.number}", self.type, self.type, nullable=True)


def same_hashdiffs(
    name: str,
    hashdiff_column: str,
    hashed: Iterable[SatelliteColumn],
    payload: Iterable[SatelliteColumn],
    model: Model,
    *,
    key: str = "",
    parent: tuple[str, str] = ("", ""),
    source: Source | None = None,
) -> tuple[Statement, ...]:
    """Return the query for a table's newest hashdiffs and what they may be made of.

    Vaults of other tools follow the classic rule alone.

    Args:
        name: the table.
        hashdiff_column: the column of its hashdiffs.
        hashed: what they should be made of.
        payload: the table's own values.
        model: the model.
        key: the column of the parent's key, if there is a parent.
        parent: its name, and the role of a hub.
        source: what calls the parent's business key as the metadata does.
    """
    if model.project.hash.rule != "classic":
        return ()
    joins, parts = _parent(parent, source, key, model) if source else ((), ())
    naming = model.project.naming
    own = [("held", each.name, each.type, each.source_column) for each in payload]
    # Who hashed the record source too can say so, where the source brings it as its own column.
    last = ("held", naming.load_src, _TEXT, naming.load_src)
    found: dict[str, tuple[str, str, SqlType, str]] = {}
    for value in (*own, *parts, last):
        if value[2] != HASH:
            found.setdefault(value[3], value)
    values = [Stored(*value, number) for number, value in enumerate(found.values(), start=1)]
    by_name = {value.name: value for value in values}
    names = sorted((each.source_column for each in hashed), key=str.casefold)
    known = all(each in by_name for each in names)
    components = tuple(by_name[each].component for each in names) if known else ()
    context = {
        "table": name,
        "digest": hashdiff_column,
        "key": key,
        "joins": joins,
        "values": values,
        "hash": HashColumn("", (), components, nullable=False),
        "rows": ROWS,
        "is_known": known,
    }
    return (Statement(HASHDIFFS, "adopting/same_hashdiffs.sql.j2", context),)


def same_tracked(tracking: Tracking, satellite_column: str, model: Model) -> Iterable[Statement]:
    """Yield a query for each tracked satellite whose hashdiffs may be recorded otherwise."""
    names = dict.fromkeys(feed.satellite for feed in tracking.feeds)
    if model.project.hash.rule != "classic" or not tracking.extended:
        return
    known = {**model.satellites, **model.of("multi_active")}
    for name in names:
        context = {
            "table": tracking.name,
            "satellite": name,
            "satellite_column": satellite_column,
            "key": tracking.parent_key,
            "held_column": known[name].hashdiff_column,
        }
        yield Statement(TRACKED, "adopting/same_tracked.sql.j2", context)


def same_link_hashes(link: Link, model: Model) -> tuple[Statement, ...]:
    """Return the query for a link's newest hash keys and the business keys in them."""
    optional = any(ref.optional for ref in link.hubs)
    if model.project.hash.rule != "classic" or link.key_type != HASH or optional:
        return ()
    joins, parts = [], []
    for place, ref in enumerate(link.hubs):
        hub = model.hubs[ref.hub]
        alias = f"hub_{place}"
        joins.append(Joined(hub.name, alias, hub.hash_key, "held", ref.column))
        label = f"{ref.hub}.{ref.role}" if ref.role else ref.hub
        # As the link's `hubs` would say it.
        label = label if ref.column == hub.hash_key else f"{{{ref.column}: {label}}}"
        parts += [(alias, part.name, part.type, label) for part in hub.key]
    parts += [("held", child.name, child.type, "") for child in link.child_keys]
    if any(part[2] == HASH for part in parts):
        return ()
    values = [Stored(*part, number) for number, part in enumerate(parts, start=1)]
    groups = [
        tuple(value.component for value in values if value.alias == join.alias) for join in joins
    ]
    children = tuple(value.component for value in values if value.alias == "held")
    context = {
        "table": link.name,
        "digest": link.hash_key,
        "key": link.hash_key,
        "joins": joins,
        "values": values,
        "hash": HashColumn("", tuple(groups), children, nullable=True),
        "rows": ROWS,
        "is_known": True,
    }
    return (Statement(LINK_KEYS, "adopting/same_hashdiffs.sql.j2", context),)


_Parts = tuple[tuple[Joined, ...], tuple[tuple[str, str, "SqlType", str], ...]]


def _parent(parent: tuple[str, str], source: Source, key: str, model: Model) -> _Parts:
    """Return the tables that hold the parent's business keys, and these by the source's names."""
    name, role = parent
    if name in model.hubs:
        hub = model.hubs[name]
        join = Joined(name, "hub", hub.hash_key, "held", key)
        return (join,), tuple(_keys("hub", name, role, source, model))
    link = model.links[name]
    joins = [Joined(name, "link", link.hash_key, "held", key)]
    parts: list[tuple[str, str, SqlType, str]] = []
    for place, ref in enumerate(link.hubs):
        alias = f"hub_{place}"
        joins.append(Joined(ref.hub, alias, model.hubs[ref.hub].hash_key, "link", ref.column))
        parts += _keys(alias, ref.hub, ref.role, source, model)
    feed = next(feed for feed in link.feeds if feed.source == source.name)
    parts += [
        ("link", child.name, child.type, column)
        for child, column in zip(link.child_keys, feed.child_keys, strict=True)
    ]
    return tuple(joins), tuple(parts)


def _keys(
    alias: str, hub: str, role: str, source: Source, model: Model
) -> Iterable[tuple[str, str, SqlType, str]]:
    use = source.key_use(hub, role)
    names: Sequence[str] = use.columns if use else ()
    for part, name in zip(model.hubs[hub].key, names, strict=False):
        if name not in source.codes:
            yield alias, part.name, part.type, name
