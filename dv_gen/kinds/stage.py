"""Stage tables: the typed columns of a source, its keys, its hash keys and hashdiffs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import all_kinds, repeats
from dv_gen.kinds.base import Statement, Step, Table, kept
from dv_gen.model.entities import Column, Model
from dv_gen.model.types import BIGINT, HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.model.entities import Hub, HubFeed, SatelliteColumn
    from dv_gen.model.source import Source

RECORD_SOURCE = SqlType("varchar", 255)
ROW_NO = "row_no"
# Wide enough for any number, date or timestamp that a person or a program writes.
_RAW_WIDTH = 100


@dataclass(frozen=True)
class Component:
    """One value that enters a hash: a stage column, as which type, and whether it may be NULL.

    A ``code`` is a constant in a key: it does not decide whether there is a key.
    """

    column: str
    type: SqlType
    as_type: SqlType
    nullable: bool
    code: bool = False


@dataclass(frozen=True)
class HashColumn:
    """A hash key or hashdiff of the stage.

    Attributes:
        name: the stage column.
        groups: the components, one group per business key; without any key in one of the
            groups there is no hash (H4). A hashdiff has none of these groups.
        components: components that never make the hash vanish: child keys, or the
            columns of a hashdiff.
        optional: places of the groups without which there is a hash all the same, as long as one
            of all groups is there (L2).
        or_zero: whether the zero key stands for the hash that is not there (L3).
        type: the column's type; with natural keys it holds no digest.
        is_value: whether it then is the one component's own value, not a joined text.
    """

    name: str
    groups: tuple[tuple[Component, ...], ...]
    components: tuple[Component, ...]
    nullable: bool
    optional: tuple[int, ...] = ()
    or_zero: bool = False
    type: SqlType = HASH
    is_value: bool = False


def key_components(source: Source, hub: Hub, names: tuple[str, ...]) -> tuple[Component, ...]:
    """Return the source's columns that make up the hub's business key, as the hub's types."""
    types = source.types
    return tuple(
        Component(name, types[name][0], column.type, types[name][1], code=name in source.codes)
        for name, column in zip(names, hub.key, strict=True)
    )


def _may_vanish(group: tuple[Component, ...]) -> bool:
    return all(item.nullable or item.type.is_text for item in group if not item.code)


@kept
def hub_keys(source: Source, model: Model) -> tuple[HashColumn, ...]:
    """Return a hash key for every use of a hub in the source."""
    return tuple(
        HashColumn(
            use.hash_key,
            (group,),
            (),
            _may_vanish(group),
            type=hub.key_type,
            is_value=len(group) == 1,
        )
        for hub, use in model.uses_in[source.name]
        for group in (key_components(source, hub, use.columns),)
    )


def _use(hub: Hub, source: Source, role: str) -> HubFeed:
    return next(use for use in hub.uses if (use.source, use.role) == (source.name, role))


@kept
def link_keys(source: Source, model: Model) -> tuple[HashColumn, ...]:
    """Return a hash key for every link that is loaded from the source."""
    types = source.types
    found = []
    for link, feed in model.links_from[source.name]:
        groups = tuple(
            key_components(source, hub, _use(hub, source, ref.role).columns)
            for ref in link.hubs
            for hub in (model.hubs[ref.hub],)
        )
        children = tuple(
            Component(name, types[name][0], column.type, types[name][1])
            for name, column in zip(feed.child_keys, link.child_keys, strict=True)
        )
        optional = tuple(place for place, ref in enumerate(link.hubs) if ref.optional)
        vanishing = [_may_vanish(group) for group in groups]
        needed = [gone for place, gone in enumerate(vanishing) if place not in optional]
        vanishes = any(needed) if needed else all(vanishing)
        found.append(
            HashColumn(link.hash_key, groups, children, vanishes, optional, type=link.key_type)
        )
    return tuple(found)


def zero_key_name(stage_key: str) -> str:
    """Return the stage column that holds a hub's key, or the zero key where there is none."""
    return f"{stage_key}_or_zero"


def or_zero_key(source: Source, hub: Hub, role: str) -> HashColumn:
    """Return a hub's key in a source, with the zero key for the one that is not there (L3)."""
    use = _use(hub, source, role)
    group = key_components(source, hub, use.columns)
    name = zero_key_name(use.hash_key)
    return HashColumn(name, (group,), (), nullable=False, or_zero=True)


def hashdiffs(source: Source, model: Model) -> list[HashColumn]:
    """Return the hashes that satellites of all kinds want of a source, each once."""
    by_source: dict[str, list[HashColumn]] | None = model.kept.get(hashdiffs)
    if by_source is None:
        by_source = model.kept[hashdiffs] = {name: [] for name in model.sources}
        for kind in all_kinds():
            for name, column in kind.stage_hashes(model) if kind.stage_hashes else ():
                if column not in by_source[name]:
                    by_source[name].append(column)
    return by_source[source.name]


def hashdiff(name: str, columns: Iterable[SatelliteColumn], model: Model) -> HashColumn:
    """Return a hashdiff over columns of a source, in the order that the hash rule wants (H6)."""
    components = tuple(
        Component(column.source_column, column.type, column.type, column.nullable)
        for column in columns
    )
    if model.project.hash.rule == "classic":
        components = tuple(sorted(components, key=lambda item: item.column.casefold()))
    return HashColumn(name, (), components, nullable=False)


@kept
def columns(source: Source, model: Model) -> tuple[Column, ...]:
    """Return the columns of a source's stage table."""
    naming = model.project.naming
    surrogate = (Column(source.surrogate.name, HASH, nullable=False),) if source.surrogate else ()
    hashes = (*hub_keys(source, model), *link_keys(source, model), *hashdiffs(source, model))
    return (
        *(Column(item.name, item.type, item.nullable) for item in source.columns),
        *(Column(item.name, item.type, item.nullable) for item in source.derived),
        *surrogate,
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, RECORD_SOURCE, nullable=False),
        Column(ROW_NO, BIGINT, nullable=False),
        *(Column(item.name, item.type, item.nullable) for item in hashes),
    )


def delivered(source: Source) -> tuple[Component, ...]:
    """Return every delivered column, as components of a text that keeps a whole record."""
    return tuple(
        Component(item.name, item.type, item.type, item.nullable) for item in source.columns
    )


def tables(model: Model) -> Iterable[Table]:
    """Yield the stage table of every source, and its table of repeats."""
    yield from repeats.tables(model)
    for source in model.sources.values():
        own = columns(source, model)
        yield Table("stage", source.name, own, source.location, transient=True)


def steps(model: Model) -> Iterable[Step]:
    """Yield the stage file of every source."""
    for source in model.sources.values():
        yield Step(
            id=f"stage:{source.name}",
            kind="stage",
            entity=source.name,
            phase="stage",
            path=f"stage/{source.name}.sql",
            location=source.location,
            statements=tuple(_statements(source, model)),
            table=source.name,
            sources=(source.name,),
            tags=source.tags,
        )


# The first four once a batch, `find_repeats` when every file is staged, the others once a file.
_STATEMENTS = (
    "drop",
    "create",
    "drop_repeats",
    "create_repeats",
    "drop_raw",
    "create_raw",
    "read",
    "load",
    "rejects",
    "find_repeats",
)


def _statements(source: Source, model: Model) -> Iterator[Statement]:
    context: dict[str, Any] = {
        "source": source,
        "raw": f"raw_{source.name}",
        "raw_widths": {
            column.name: column.type.length if column.type.is_text else _RAW_WIDTH
            for column in source.columns
        },
        "columns": columns(source, model),
        "hub_keys": hub_keys(source, model),
        "link_keys": link_keys(source, model),
        "hashdiffs": hashdiffs(source, model),
        "natural": _natural(source),
        "repeats": repeats.repeats_table(source),
        "own_key": repeats.own_key(source, model),
        "without_key": repeats.counts_without_key(source, model),
    }
    for name in _STATEMENTS:
        yield Statement(name, f"stage/{name}.sql.j2", context)


def _natural(source: Source) -> tuple[Component, ...]:
    types = source.types
    names = source.surrogate.columns if source.surrogate else ()
    return tuple(Component(name, types[name][0], types[name][0], types[name][1]) for name in names)
