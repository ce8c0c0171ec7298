"""Hubs, links, satellites and marts, resolved: every name in them exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dv_gen.model.types import HASH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dv_gen.errors import Location
    from dv_gen.model.physical import Physical
    from dv_gen.model.project import Project
    from dv_gen.model.source import Source
    from dv_gen.model.types import SqlType


@dataclass(frozen=True)
class Column:
    """A column of a table in the warehouse."""

    name: str
    type: SqlType
    nullable: bool = True


@dataclass(frozen=True)
class HubFeed:
    """One use of a hub's key in a source.

    Attributes:
        source: the source's name.
        role: the role of this use, or an empty string.
        columns: the source's key columns, in the hub's key order.
        hash_key: the stage column that holds the hash key.
        extra: for each of the hub's extra columns the source's column, or None.
    """

    source: str
    role: str
    columns: tuple[str, ...]
    hash_key: str
    extra: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Hub:
    """A hub: business key, hash key, extra columns and the sources that feed it.

    Attributes:
        hash_key: the column that it is joined by; with natural keys that of the business key, if
            it is one column.
        stage_key: the stage's column for it, before any role.
        key_type: the type of both.
        ghosts: whether it has ghost rows (L11): asked for, or needed by what refers to it.
    """

    name: str
    location: Location
    key: tuple[Column, ...]
    hash_key: str
    extra: tuple[Column, ...] = ()
    feeds: tuple[HubFeed, ...] = ()
    uses: tuple[HubFeed, ...] = ()
    stage_key: str = ""
    key_type: SqlType = HASH
    ghosts: bool = False
    tags: tuple[str, ...] = ()

    kind = "hub"

    @property
    def is_its_key(self) -> bool:
        """Whether the business key's one column is what it is joined by."""
        return [column.name for column in self.key] == [self.hash_key]


@dataclass(frozen=True)
class HubRef:
    """A link's reference to a hub.

    Attributes:
        column: its name in the link.
        optional: whether a row without this key makes a link row, with the zero key (L2).
    """

    hub: str
    role: str
    column: str
    optional: bool = False


@dataclass(frozen=True)
class LinkFeed:
    """One source of a link; ``hash_keys`` are its stage columns for the link's hubs, in order."""

    source: str
    hash_keys: tuple[str, ...]
    child_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """A link: hubs in roles, dependent child keys and the sources that feed it.

    Attributes:
        columns: what a row says besides, in a link without history (L7).
        order_by: source columns: of rows of one key and load date the first in this order counts.
    """

    name: str
    location: Location
    hash_key: str
    hubs: tuple[HubRef, ...]
    child_keys: tuple[Column, ...] = ()
    key_type: SqlType = HASH
    columns: tuple[SatelliteColumn, ...] = ()
    order_by: tuple[str, ...] = ()
    feeds: tuple[LinkFeed, ...] = ()
    tags: tuple[str, ...] = ()

    kind = "link"


@dataclass(frozen=True)
class SatelliteColumn:
    """A satellite's column and the source column that it is taken from."""

    name: str
    source_column: str
    type: SqlType
    nullable: bool


@dataclass(frozen=True)
class SatelliteFeed:
    """One source of a satellite; the columns have the types of that source.

    Attributes:
        hashed: what the hashdiff is made of, where that is not ``columns``.
    """

    source: str
    stage_key: str
    key_nullable: bool
    columns: tuple[SatelliteColumn, ...]
    hashed: tuple[SatelliteColumn, ...] = ()


@dataclass(frozen=True)
class Satellite:
    """A satellite on a hub or a link.

    Attributes:
        source: the first of its sources.
        parent: the hub's or link's name.
        role: the role of the hub's key in the source, or an empty string.
        parent_key: the parent's hash key column, also its name in the satellite.
        stage_key: the stage column that holds the parent's hash key.
        key_nullable: whether a staged row may have no key.
        hashdiff: the stage column of the hashdiff; empty when rows are compared column by
            column, or not at all.
        hashdiff_column: the column of the table that holds it.
        feeds: all of its sources, in the order that breaks ties.
        compared: columns of the table that tell two versions apart; none of events.
        order_by: stage columns that order rows of one key and load date (L5).
        duplicates: ``last``, ``first``, ``stagger`` or ``fail`` (L5).
        null_keys: ``reject``, ``zero_key`` or ``fail`` (L3).
        ghosts: whether it has ghost rows (L11).
    """

    name: str
    location: Location
    source: str
    parent: str
    role: str
    parent_key: str
    stage_key: str
    key_nullable: bool
    columns: tuple[SatelliteColumn, ...]
    feeds: tuple[SatelliteFeed, ...]
    historized: bool = True
    hashdiff: str = ""
    hashdiff_column: str = ""
    compared: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    duplicates: str = "last"
    null_keys: str = "reject"
    ghosts: bool = False
    tags: tuple[str, ...] = ()

    kind = "satellite"

    @property
    def is_plain(self) -> bool:
        """Whether it has one source and compares hashdiffs, or events that are not compared."""
        return len(self.feeds) == 1 and bool(self.hashdiff or not self.historized)


@dataclass(frozen=True)
class Mart:
    """A query over the vault, kept as a table or a view.

    Attributes:
        sql: the query's template text.
        file: where the text was read from, relative to the project.
        refs: names of the tables that it reads, in order of appearance.
        order_by: the order in which it is shown, as SQL.
    """

    name: str
    location: Location
    sql: str
    file: str
    refs: tuple[str, ...]
    materialized: str = "table"
    order_by: str = ""
    tags: tuple[str, ...] = ()

    kind = "mart"


@dataclass(frozen=True)
class Model:
    """The whole model; maps keep the order in which the metadata names things.

    Attributes:
        others: by kind and name: the entities of every other kind, as that kind's module made them.
        physical: by table: how it is stored, as far as the metadata says.
    """

    project: Project
    sources: Mapping[str, Source] = field(default_factory=dict)
    hubs: Mapping[str, Hub] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    satellites: Mapping[str, Satellite] = field(default_factory=dict)
    marts: Mapping[str, Mart] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    physical: Mapping[str, Physical] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, Any]:
        """Return the entities of a kind that has no field of its own here, by name."""
        return self.others.get(kind, {})

    @cached_property
    def kept(self) -> dict[object, Any]:
        """What has been worked out from the model, for those who ask for it again."""
        return {}

    @cached_property
    def uses_in(self) -> Mapping[str, list[tuple[Hub, HubFeed]]]:
        """By source: every use of a hub's key, hubs in the metadata's order."""
        found: dict[str, list[tuple[Hub, HubFeed]]] = {name: [] for name in self.sources}
        for hub in self.hubs.values():
            for use in hub.uses:
                found[use.source].append((hub, use))
        return found

    @cached_property
    def links_from(self) -> Mapping[str, list[tuple[Link, LinkFeed]]]:
        """By source: every link that is loaded from it."""
        found: dict[str, list[tuple[Link, LinkFeed]]] = {name: [] for name in self.sources}
        for link in self.links.values():
            for feed in link.feeds:
                found[feed.source].append((link, feed))
        return found

    @cached_property
    def satellites_from(self) -> Mapping[str, list[Satellite]]:
        """By source: every satellite that is loaded from it."""
        found: dict[str, list[Satellite]] = {name: [] for name in self.sources}
        for satellite in self.satellites.values():
            for name in dict.fromkeys(feed.source for feed in satellite.feeds):
                found[name].append(satellite)
        return found
