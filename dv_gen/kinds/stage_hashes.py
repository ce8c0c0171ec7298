"""The hash keys and hashdiffs of a stage, which every load reads and none computes again (S3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.kinds import all_kinds, repeats
from dv_gen.kinds.base import kept
from dv_gen.model.types import HASH, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.model.entities import Hub, HubFeed, Model, SatelliteColumn
    from dv_gen.model.project import HashRule
    from dv_gen.model.source import Source


@dataclass(frozen=True)
class Component:
    """One value that enters a hash: a stage column, as which type, and whether it may be NULL.

    ``token`` is what stands for NULL, if anything does.
    A ``code`` is a constant in a key: it does not decide whether there is a key.
    ``name`` is what a hashdiff calls the value; in a key its place tells what it is.
    """

    column: str
    type: SqlType
    as_type: SqlType
    nullable: bool
    token: bool | int | str | None = None
    code: bool = False
    name: str = ""


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
        Component(
            name,
            types[name][0],
            column.type,
            nullable=types[name][1] and source.token(name) is None,
            token=source.token(name),
            code=name in source.codes,
        )
        for name, column in zip(names, hub.key, strict=True)
    )


def _may_vanish(group: tuple[Component, ...]) -> bool:
    return all(item.nullable or item.type.is_text for item in group if not item.code)


def hub_key(source: Source, hub: Hub, use: HubFeed) -> HashColumn:
    """Return the hash key of one use of a hub in the source."""
    group = key_components(source, hub, use.columns)
    return HashColumn(
        use.hash_key,
        (group,),
        (),
        _may_vanish(group),
        type=hub.key_type,
        is_value=len(group) == 1,
    )


@kept
def hub_keys(source: Source, model: Model) -> tuple[HashColumn, ...]:
    """Return a hash key for every use of a hub in the source that the stage holds."""
    return tuple(
        hub_key(source, hub, use)
        for hub, use in model.uses_in[source.name]
        if not hashed_late(source, hub, use, model)
    )


def hashed_late(source: Source, hub: Hub, use: HubFeed, model: Model) -> bool:
    """Tell whether nothing but the load of a hub with several feeds reads this hash key.

    Then the stage does without it: the load tells the keys apart first, and hashes each once,
    not once a row.
    """
    return (
        len(hub.feeds) > 1
        # A natural key is no digest, and costs nothing to have at hand.
        and not hub.is_its_key
        and use in hub.feeds
        and use.hash_key not in _keys_read(model)[source.name]
        and source.name not in _sources_of_other_kinds(model)
        # The text of a surrogate is at hand only where the stage is filled.
        and not any(item.type == HASH for item in key_components(source, hub, use.columns))
    )


def _keys_read(model: Model) -> dict[str, set[str]]:
    """Return by source the hash keys of hubs that links, satellites and its repeats read."""
    if _keys_read not in model.kept:
        found = {source.name: {repeats.own_key(source, model)} for source in model.sources.values()}
        for link in model.links.values():
            for feed in link.feeds:
                found[feed.source].update(feed.hash_keys)
        for satellite in model.satellites.values():
            for row in satellite.feeds:
                found[row.source].add(row.stage_key)
        model.kept[_keys_read] = found
    keys: dict[str, set[str]] = model.kept[_keys_read]
    return keys


def _sources_of_other_kinds(model: Model) -> set[str]:
    """Return the sources that any other kind reads: which of their keys, only it knows."""
    if _sources_of_other_kinds not in model.kept:
        others = (kind for kind in all_kinds() if model.of(kind.name))
        steps = (step for kind in others for step in kind.steps(model))
        model.kept[_sources_of_other_kinds] = {name for step in steps for name in step.sources}
    sources: set[str] = model.kept[_sources_of_other_kinds]
    return sources


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
    """Return a hashdiff over columns of a source, in the order that the hash rule wants."""
    components = (
        Component(
            column.source_column,
            column.type,
            column.type,
            column.nullable,
            name=hashed_name(column),
        )
        for column in columns
    )
    ordered = in_hashed_order(components, model.project.hash)
    return HashColumn(name, (), ordered, nullable=False)


def hashed_name(column: SatelliteColumn) -> str:
    """Return the name under which a column enters a hashdiff (H3a).

    It is letters, digits and underscores, as all names are: no separator can be part of it.
    """
    return column.name


def in_hashed_order(components: Iterable[Component], rule: HashRule) -> tuple[Component, ...]:
    """Return the components of a hashdiff in the order in which they are hashed.

    The classic rule sorts the columns of the source, capitals and small letters alike (H6); the
    other one sorts the names by their characters' numbers, the same everywhere (H3a).
    """
    if rule.rule == "classic":
        return tuple(sorted(components, key=lambda item: item.column.casefold()))
    return tuple(sorted(components, key=lambda item: item.name))
