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
from dv_gen.kinds.hub_extra import extra_columns, extra_of
from dv_gen.kinds.hub_key import check_key_names, counts, in_order, key_columns
from dv_gen.kinds.referring import check_hash_key
from dv_gen.kinds.repeats import repeats_of
from dv_gen.kinds.stage_hashes import Component, HashColumn, hashed_late, hub_key, key_components
from dv_gen.kinds.steps import entity_step, rendered
from dv_gen.model.entities import Column, Hub, HubFeed, Model
from dv_gen.model.types import HASH, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec

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
    check_key_names(spec, names)
    fitting = [
        pair
        for pair in draft.uses_of(spec.name)
        if counts(spec, names, *pair) and in_order(spec, names, *pair)
    ]
    key = key_columns(spec, names, fitting)
    extra = extra_columns(spec, draft, [source.name for source, use in fitting if use.feeds])
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
            extra=tuple(extra_of(source, use, sources) for _, sources in extra),
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
        built_from = {"kind": KIND.name, "key": [column.name for column in hub.key]}
        yield Table("vault", hub.name, columns(hub, model), hub.location, built_from=built_from)


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
