"""Hubs: one row per business key, fed by every source that names the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.kinds import ghosts, natural
from dv_gen.kinds.base import (
    NAMES,
    TAGS,
    TEXT,
    Checks,
    Draft,
    Kind,
    Statement,
    Step,
    Table,
    as_list,
    kept,
)
from dv_gen.kinds.hub_checks import hub_checks
from dv_gen.kinds.referring import check_hash_key, find_column
from dv_gen.kinds.repeats import repeats_of
from dv_gen.kinds.stage import Component, HashColumn, hashed_late, hub_key, key_components
from dv_gen.kinds.steps import entity_step, rendered
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier, listed
from dv_gen.metadata.type_words import EXAMPLES, explain_type
from dv_gen.model.entities import Column, Hub, HubFeed, Model
from dv_gen.model.types import HASH, SqlType, parse_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import KeyUse, Source

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key"],
    "properties": {
        "key": {
            "type": ["string", "array", "object"],
            "items": TEXT,
            "minItems": 1,
            "minProperties": 1,
            "additionalProperties": TEXT,
            "description": "the business key: a name, several, or {name: type}",
        },
        "columns": {
            "type": "object",
            "description": "extra column: source.column, or a list of them",
            "additionalProperties": NAMES,
        },
        "hash_key": TEXT,
        "ghosts": ghosts.SCHEMA,
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    declared = spec.data["key"]
    names = list(declared) if isinstance(declared, dict) else as_list(declared)
    check_hash_key(spec)
    _check_key_names(spec, names)
    fitting = [pair for pair in draft.uses_of(spec.name) if _counts(spec, names, *pair)]
    key = _key_columns(spec, names, fitting)
    extra = _extra_columns(spec, draft, [source.name for source, use in fitting if use.feeds])
    natural.check_hash_key_of_hub(spec, draft, names)
    if wants_ghosts := ghosts.wanted(spec, draft):
        natural.no_zero_key(spec, draft, "ghosts")
    stage_key = spec.get("hash_key") or draft.project.naming.hash_key_prefix + "_".join(names)
    is_its_key = draft.project.hash.is_natural and len(names) == 1
    feeds = tuple(
        HubFeed(
            source=source.name,
            role=use.role,
            columns=use.columns,
            hash_key=f"{stage_key}_{use.role}" if use.role else stage_key,
            extra=tuple(_extra_of(source, use, sources) for _, sources in extra),
        )
        for source, use in fitting
    )
    feeding = {use for _, use in fitting if use.feeds}
    if not feeding and not _meant(spec, draft):
        what = f"no source feeds the hub '{spec.name}'"
        spec.complain(what, expected=f"keys: {{{spec.name}: column}} in a source")
    if key is None:
        return
    draft.hubs[spec.name] = Hub(
        name=spec.name,
        location=spec.location,
        key=key,
        hash_key=names[0] if is_its_key else stage_key,
        stage_key=stage_key,
        key_type=natural.hub_key_type(key, draft.project),
        extra=tuple(column for column, _ in extra),
        feeds=tuple(feed for feed, (_, use) in zip(feeds, fitting, strict=True) if use in feeding),
        uses=feeds,
        ghosts=wants_ghosts,
        tags=tuple(spec.get("tags", [])),
    )


def _check_key_names(spec: Spec, names: list[str]) -> None:
    several = isinstance(spec.data["key"], list)
    inside = isinstance(spec.data["key"], dict)
    seen: set[str] = set()
    for position, name in enumerate(names):
        path = ("key", position) if several else ("key", name) if inside else ("key",)
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *path, key=inside, expected=IDENTIFIER_RULE)
        if name.casefold() in seen:
            spec.complain(f"'{name}' stands twice in the key", *path, key=inside, expected="once")
        seen.add(name.casefold())


def _meant(spec: Spec, draft: Draft) -> bool:
    """Whether a source that would feed the hub is wrong, and has its complaint already."""
    if spec.name in draft.misspelt or draft.specs["sources"].keys() != draft.sources.keys():
        return True
    return any(
        entry.get("feeds", True) if isinstance(entry, dict) else True
        for source in draft.specs["sources"].values()
        for label, entry in (source.get("keys") or {}).items()
        if label.partition(".")[0] == spec.name
    )


def _counts(spec: Spec, names: list[str], source: Source, use: KeyUse) -> bool:
    if len(use.columns) == len(names):
        return True
    count = f"{len(use.columns)} column{'s' if len(use.columns) > 1 else ''}"
    what = f"{source.name} gives {count} for the key of '{spec.name}'"
    spec.complain_at(use.location, what, expected=f"{len(names)}: {', '.join(names)}")
    return False


def _key_columns(
    spec: Spec, names: list[str], uses: list[tuple[Source, KeyUse]]
) -> tuple[Column, ...] | None:
    declared = spec.data["key"] if isinstance(spec.data["key"], dict) else {}
    columns = []
    for position, name in enumerate(names):
        exact = [pair for pair in uses if _is_exact(spec, *pair, position)]
        if name in declared:
            kind = _declared(spec, name, declared[name])
            for source, use in exact:
                _must_fit(spec, name, kind, source, use, position)
        else:
            kind = _agreed(spec, name, exact, position)
        columns.append(Column(name, kind or SqlType("integer")))
    return tuple(columns) if uses or declared else None


def _is_exact(spec: Spec, source: Source, use: KeyUse, position: int) -> bool:
    column = use.columns[position]
    found = source.types.get(column)
    if found is None or found[0].name != "double":
        return True
    what = f"{source.name}.{column} is floating point, which has no exact text to hash"
    spec.complain_at(use.location, what, expected="an exact type: decimal(10,2), integer, ...")
    return False


def _declared(spec: Spec, name: str, text: str) -> SqlType | None:
    kind, what, meant = explain_type(text, parse_type)
    if kind is None:
        spec.complain(what, "key", name, expected="" if meant else EXAMPLES, meant=meant)
    elif kind.name == "double":
        what = f"'{name}' is floating point, which has no exact text to hash"
        expected = "an exact type: decimal(10,2), integer, ..."
        spec.complain(what, "key", name, expected=expected)
        return None
    return kind


def _must_fit(
    spec: Spec, name: str, kind: SqlType | None, source: Source, use: KeyUse, position: int
) -> None:
    found = source.types.get(use.columns[position])
    if kind is None or found is None or found[0].fits_into(kind):
        return
    what = f"{source.name}.{use.columns[position]} is {found[0]} and may not fit into {name} {kind}"
    wider = f"varchar({found[0].text_width})" if kind.is_text else str(found[0])
    spec.complain_at(use.location, what, expected=f"key: {{{name}: {wider}}} in {spec.name}")


def _agreed(
    spec: Spec, name: str, uses: list[tuple[Source, KeyUse]], position: int
) -> SqlType | None:
    agreed: SqlType | None = None
    first = ""
    for source, use in uses:
        column = use.columns[position]
        found = source.types.get(column)
        if found is None:
            continue
        wider = found[0] if agreed is None else agreed.widened(found[0])
        if wider is None:
            what = f"{source.name}.{column} is {found[0]}, but {first} is {agreed}"
            expected = f"one type for {name}, or a declared one: key: {{{name}: varchar(20)}}"
            spec.complain_at(use.location, what, expected=expected)
            continue
        agreed = wider
        first = first or f"{source.name}.{column}"
    return agreed


def _extra_columns(
    spec: Spec, draft: Draft, feeding: list[str]
) -> list[tuple[Column, dict[str, str]]]:
    result = []
    naming = draft.project.naming
    taken_names = {name.casefold() for name in (naming.load_dt, naming.load_src)}
    key = spec.data["key"]
    taken_names |= {name.casefold() for name in (key if isinstance(key, dict) else as_list(key))}
    for name, entry in spec.get("columns", {}).items():
        place = ("columns", name)
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *place, key=True, expected=IDENTIFIER_RULE)
        if name.casefold() in taken_names:
            what = f"the hub has a column '{name.casefold()}' already"
            spec.complain(what, *place, key=True, expected="another name")
        taken_names.add(name.casefold())
        kind: SqlType | None = None
        taken: dict[str, str] = {}
        for position, text in enumerate(as_list(entry)):
            spot = (*place, position) if isinstance(entry, list) else place
            source_name, _, column = text.partition(".")
            if not column:
                givers = [item for item in feeding if draft.names_column(item, text)]
                meant = f"{givers[0]}.{text}" if givers else ""
                expected = "" if meant else "source.column"
                spec.complain(f"'{text}' names no source", *spot, expected=expected, meant=meant)
            elif source_name not in feeding:
                _not_feeding(spec, draft, source_name, feeding, *spot)
            elif (
                found := find_column(spec, draft, draft.sources[source_name], column, *spot)
            ) is None:
                continue
            elif kind is not None and kind.widened(found[0]) is None:
                spec.complain(f"'{text}' is {found[0]}, not {kind}", *spot, expected="one type")
            else:
                kind = found[0] if kind is None else kind.widened(found[0])
                taken[source_name] = column
        if kind is not None:
            result.append((Column(name, kind), taken))
    return result


def _not_feeding(spec: Spec, draft: Draft, name: str, feeding: list[str], *path: str | int) -> None:
    if name not in draft.specs["sources"]:
        spec.unknown("source", name, dict.fromkeys(feeding), *path)
    elif name in draft.sources and not any(
        label.partition(".")[0] == spec.name
        for label in draft.specs["sources"][name].get("keys") or {}
    ):
        expected = listed(dict.fromkeys(feeding))
        spec.complain(f"{name} does not feed '{spec.name}'", *path, expected=expected)


def _extra_of(source: Source, use: KeyUse, taken: dict[str, str]) -> str | None:
    # An extra column describes the record's own key, not the keys that it refers to in a role.
    plain = any(other.hub == use.hub and not other.role for other in source.keys)
    return None if use.role and plain else taken.get(source.name)


@kept
def columns(hub: Hub, model: Model) -> tuple[Column, ...]:
    """Return the columns of a hub's table."""
    naming = model.project.naming
    return (
        Column(hub.hash_key, hub.key_type, nullable=False),
        *(() if hub.is_its_key else hub.key),
        *hub.extra,
        Column(naming.load_dt, SqlType("timestamp"), nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


@dataclass(frozen=True)
class FeedRows:
    """What the load reads from one feed.

    Attributes:
        source: the source.
        hash_key: the stage column of the hash key, or what it is called if it is hashed late.
        key: the stage columns of the business key.
        extra: those of the hub's extra columns; None where the feed knows nothing.
        repeats: the table of repeats that serves the key, or an empty string.
        late: what to hash, where the stage does not hold the hash key.
    """

    source: str
    hash_key: str
    key: tuple[Component, ...]
    extra: tuple[str | None, ...]
    repeats: str
    late: HashColumn | None

    @property
    def columns(self) -> tuple[str, ...]:
        """The stage columns of key and extra columns, each once."""
        names = (*(item.column for item in self.key), *(name for name in self.extra if name))
        return tuple(dict.fromkeys(names))


def feed_rows(hub: Hub, model: Model) -> tuple[FeedRows, ...]:
    """Return the hub's feeds, those that know most about the key first (L1)."""
    rows = [
        FeedRows(
            feed.source,
            feed.hash_key,
            () if hub.is_its_key else key_components(source, hub, feed.columns),
            feed.extra,
            repeats_of(source, model, [(hub.name, feed.role)], joined=False),
            hub_key(source, hub, feed) if hashed_late(source, hub, feed, model) else None,
        )
        for feed in hub.feeds
        for source in (model.sources[feed.source],)
    ]
    return tuple(sorted(rows, key=lambda feed: feed.extra.count(None)))


def _tables(model: Model) -> Iterable[Table]:
    for hub in model.hubs.values():
        yield Table("vault", hub.name, columns(hub, model), hub.location)


def _steps(model: Model) -> Iterable[Step]:
    for hub in model.hubs.values():
        context = {"hub": hub, "columns": columns(hub, model), "feeds": feed_rows(hub, model)}
        sources = [feed.source for feed in hub.feeds]
        load = rendered(KIND.name, ("load",), context)
        yield entity_step(hub, KIND.name, "create", _created(hub, model))
        yield entity_step(hub, KIND.name, "load", load, sources=sources)


def _created(hub: Hub, model: Model) -> Iterable[Statement]:
    created = {"hub": hub, "columns": columns(hub, model)}
    yield Statement("create", "hub/create.sql.j2", created)
    # Vaults of other tools follow the classic rule; a surrogate's hash is not that of its text.
    if model.project.hash.rule == "classic" and all(part.type != HASH for part in hub.key):
        parts = tuple(Component(part.name, part.type, part.type, nullable=True) for part in hub.key)
        stored = HashColumn(hub.hash_key, (parts,), (), nullable=True)
        context = {"hub": hub, "stored_key": stored}
        yield Statement("same_hashes", "hub/same_hashes.sql.j2", context)
    if hub.ghosts:
        own = columns(hub, model)
        yield ghosts.ghost_statement(hub.name, own, hub.hash_key, by_moment=False)


def _checks(model: Model) -> Iterable[Checks]:
    return (hub_checks(hub, feed_rows(hub, model), model) for hub in model.hubs.values())


KIND = Kind(
    name="hub",
    section="hubs",
    order=20,
    description="one row per business key",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    checks=_checks,
)
