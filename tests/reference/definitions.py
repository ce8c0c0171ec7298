"""What a model consists of: sources, hubs, links, satellites, and the names that derive from them.

Plain dataclasses of the reference model's own, near to the metadata language (design 2), so that a
test can write the same model twice: here and as YAML.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tests.reference.hashing import HashRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.reference.others import Other
    from tests.reference.sql_types import Value

LOAD_DT = "load_dt"
LOAD_SRC = "load_src"
HASHDIFF = "hashdiff"


class Code(NamedTuple):
    """A collision code: a constant in a key, of the hub's type."""

    value: Value


@dataclass(frozen=True)
class KeyUse:
    """One entry of a source's `keys`: these columns identify that hub, in that role.

    Args:
        hub: the hub's name.
        columns: the source's columns, or codes, in the order of the hub's business key.
        role: None for the plain use (`h_users`), else the role (`h_users.recipient`).
        feeds: False when the use serves links and satellites but makes no hub row.
    """

    hub: str
    columns: Sequence[str | Code]
    role: str | None = None
    feeds: bool = True


@dataclass(frozen=True)
class Surrogate:
    """S4: a column computed from the row's natural columns.

    Args:
        column: the surrogate's name; its type is `hash`.
        natural: the columns it is computed from.
        keep_repeats: `repeats: keep`: exact repeats within one file are records of their own.
    """

    column: str
    natural: Sequence[str]
    keep_repeats: bool = False


@dataclass(frozen=True)
class Joined:
    """A derived column: other columns' canonical text, joined.

    Args:
        column: its name.
        parts: the columns that it joins, delivered ones or joined ones before it.
        separator: what stands between them.
        longest: its type is text of so many characters; 0 for whatever its parts need.
        not_null: whether it must not be NULL.
    """

    column: str
    parts: Sequence[str]
    separator: str = ""
    longest: int = 0
    not_null: bool = False


@dataclass(frozen=True)
class Fetched:
    """A column fetched from another source's rows of the same batch.

    Args:
        column: its name.
        source: the other source.
        on: column here -> column there.
        there: the other source's column that is fetched.
        type_there: its type.
    """

    column: str
    source: str
    on: Mapping[str, str]
    there: str
    type_there: str


@dataclass(frozen=True)
class Where:
    """A filter: the same condition as SQL and as Python, where None is unknown."""

    sql: str
    keeps: Callable[[Mapping[str, Value]], bool | None]


@dataclass(frozen=True)
class SourceDef:
    """A source: typed columns, which of them must not be NULL, and the hubs they identify.

    `delivery` is `delta`, or `full`: what a delivery lacks has vanished. A full one without a row
    is accepted, unless `empty_delivery` is `error`. Its files of one batch are `parts` of it (L16).

    Args:
        name: its name.
        columns: column -> type, as delivered.
        keys: the hubs that it identifies.
        not_null: columns that must not be NULL.
        surrogate: a key of the source's own.
        load_dt: the column that is each row's load date, or None for the batch's.
        load_src: the column that is each row's record source, or None for the file's.
        null_tokens: key column -> the value that NULL stands for in keys.
        where: the rows to keep.
        joined: derived columns.
        fetched: columns from another source.
    """

    name: str
    columns: dict[str, str]
    keys: Sequence[KeyUse] = ()
    not_null: frozenset[str] = frozenset()
    surrogate: Surrogate | None = None
    delivery: str = "delta"
    empty_delivery: str = "accept"
    parts: bool = True
    load_dt: str | None = None
    load_src: str | None = None
    null_tokens: Mapping[str, Value] = field(default_factory=dict)
    where: Where | None = None
    joined: Sequence[Joined] = ()
    fetched: Sequence[Fetched] = ()

    @property
    def required(self) -> frozenset[str]:
        """The columns that must not be NULL: what is a load date or record source must not."""
        return self.not_null | ({self.load_dt, self.load_src} - {None})

    def type_of(self, column: str) -> str:
        """The declared type of a column; a surrogate is a `hash`, a joined column text."""
        if self.surrogate is not None and column == self.surrogate.column:
            return "hash"
        if any(each.column == column for each in self.joined):
            return "varchar(1000)"
        for each in self.fetched:
            if each.column == column:
                return each.type_there
        return self.columns[column]

    def use(self, hub: str, role: str | None) -> KeyUse:
        """The key use of a hub in a role."""
        for key_use in self.keys:
            if (key_use.hub, key_use.role) == (hub, role):
                return key_use
        raise KeyError(f"source {self.name} has no key for {hub} in role {role}")


@dataclass(frozen=True)
class HubDef:
    """A hub: business key columns with their types, and extra columns.

    Args:
        name: the hub's name.
        key: (column, type) pairs.
        extra: hub column -> {source: its column}; it describes the source's own key: with a use
            without a role beside them, the source's uses in a role bring none.
        hash_column: the hash key's name; `hk_<business key>` unless given.
        ghosts: whether it asks for ghost rows (L11).
        natural: whether it is joined by its business key; then a key of one column is that column.
    """

    name: str
    key: Sequence[tuple[str, str]]
    extra: dict[str, dict[str, str]] = field(default_factory=dict)
    hash_column: str = ""
    ghosts: bool = False
    natural: bool = False

    @property
    def is_its_key(self) -> bool:
        """Whether the business key's one column is what it is joined by."""
        return self.natural and len(self.key) == 1

    @property
    def hash_key(self) -> str:
        """Design 2: a hub's hash key is `hk_<business key>`."""
        return self.key[0][0] if self.is_its_key else self.stage_key

    @property
    def stage_key(self) -> str:
        """The name of the key in the stage, before any role."""
        prefix = "key_" if self.natural else "hk_"
        return self.hash_column or prefix + "_".join(column for column, _ in self.key)

    def extra_of(self, source: SourceDef, use: KeyUse) -> dict[str, str | None]:
        """Hub column -> the source's column in this use of the hub, or None."""
        plain = any(other.hub == self.name and other.role is None for other in source.keys)
        known = {} if use.role and plain else {source.name}
        return {
            name: columns[source.name] if source.name in columns.keys() & known else None
            for name, columns in self.extra.items()
        }


@dataclass(frozen=True)
class LinkDef:
    """A link: the hubs it joins by role, the sources that bring it, dependent child keys.

    Args:
        name: the link's name.
        hubs: (hub, role) pairs, in role order.
        sources: source names; the first wins a tie.
        child_keys: (column, type) pairs.
        child_columns: child key -> {source: its column}, where the names differ.
        optional: those of the hubs that a row may lack (L2).
        columns: (link column, source column) pairs of a link without history (L7).
        order_by: the sources' columns that order rows of one key and load date there.
    """

    name: str
    hubs: Sequence[tuple[str, str | None]]
    sources: Sequence[str]
    child_keys: Sequence[tuple[str, str]] = ()
    child_columns: dict[str, dict[str, str]] = field(default_factory=dict)
    optional: Sequence[tuple[str, str | None]] = ()
    columns: Sequence[tuple[str, str]] = ()
    order_by: Sequence[str] = ()
    natural: bool = False

    @property
    def may_miss(self) -> list[bool]:
        """L2: of each hub in role order, whether it is optional."""
        return [hub in self.optional for hub in self.hubs]

    @property
    def hash_key(self) -> str:
        """Design 2: a link's hash key is `hk_<link>`."""
        return f"key_{self.name}" if self.natural else f"hk_{self.name}"

    def child_column(self, child_key: str, source: str) -> str:
        """The source's column for a child key; the same name unless `child_columns` says so."""
        return self.child_columns.get(child_key, {}).get(source, child_key)


@dataclass(frozen=True)
class SatDef:
    """A satellite on a hub or link.

    Args:
        name: the satellite's name.
        source: the source's name.
        parent: a hub's or link's name.
        columns: (satellite column, source column) pairs.
        role: the role in which the source identifies a parent hub.
        historized: False for events (L7).
        order_by: the source's columns that order rows of one key and load date (L5).
        duplicates: `last`, `first`, `stagger` or `fail` (L5).
        null_keys: `reject` or `zero_key` (L3).
        ghosts: whether it has ghost rows (L11).
        more_sources: further sources, in the order that breaks ties after `order_by`.
        hashdiff: False when rows are compared column by column and no hashdiff is kept.
    """

    name: str
    source: str
    parent: str
    columns: Sequence[tuple[str, str]]
    role: str | None = None
    historized: bool = True
    order_by: Sequence[str] = ()
    duplicates: str = "last"
    null_keys: str = "reject"
    ghosts: bool = False
    more_sources: Sequence[str] = ()
    hashdiff: bool = True

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source, in the satellite's order."""
        return (self.source, *self.more_sources)

    @property
    def has_hashdiff(self) -> bool:
        """L7: events have none."""
        return self.historized and self.hashdiff


@dataclass(frozen=True)
class Model:
    """All definitions; sequences stand in the order of the metadata, which breaks ties."""

    sources: Sequence[SourceDef]
    hubs: Sequence[HubDef] = ()
    links: Sequence[LinkDef] = ()
    satellites: Sequence[SatDef] = ()
    rule: HashRule = field(default_factory=HashRule)
    others: Sequence[Other] = ()

    def source(self, name: str) -> SourceDef:
        """The source of that name."""
        return next(each for each in self.sources if each.name == name)

    def hub(self, name: str) -> HubDef:
        """The hub of that name."""
        return next(each for each in self.hubs if each.name == name)

    def link(self, name: str) -> LinkDef:
        """The link of that name."""
        return next(each for each in self.links if each.name == name)

    def satellite(self, name: str) -> SatDef:
        """The satellite of that name."""
        return next(each for each in self.satellites if each.name == name)

    def is_hub(self, name: str) -> bool:
        """Whether the name is a hub's (and not a link's)."""
        return any(each.name == name for each in self.hubs)

    def has_ghosts(self, hub: HubDef) -> bool:
        """L11: a hub has ghost rows when it asks for them, or something may refer to them."""
        optional = any(name == hub.name for link in self.links for name, _ in link.optional)
        kept = any(s.parent == hub.name and s.null_keys == "zero_key" for s in self.satellites)
        return hub.ghosts or optional or kept

    def feeds(self, hub: HubDef) -> list[tuple[SourceDef, KeyUse]]:
        """Design 2: every source that names a hub feeds it, once per role, in metadata order."""
        return [
            (source, use)
            for source in self.sources
            for use in source.keys
            if use.hub == hub.name and use.feeds
        ]

    def parent_key(self, satellite: SatDef) -> str:
        """The name of a satellite's hash key column: its parent's."""
        if self.is_hub(satellite.parent):
            return self.hub(satellite.parent).hash_key
        return self.link(satellite.parent).hash_key

    def link_hub_columns(self, link: LinkDef) -> list[str]:
        """Design 2: the hub's hash key name, with the role only where a hub is there twice."""
        names = [hub for hub, _ in link.hubs]
        return [
            self.hub(hub).hash_key + (f"_{role}" if role and names.count(hub) > 1 else "")
            for hub, role in link.hubs
        ]
