"""Hubs: one row per business key, fed by every source that names the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dv_gen.kinds.base import NAMES, TAGS, TEXT, Draft, Kind, Statement, Step, Table, as_list
from dv_gen.kinds.source import column_type
from dv_gen.kinds.stage import Component, key_components
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
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
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    declared = spec.data["key"]
    names = list(declared) if isinstance(declared, dict) else as_list(declared)
    for name in names:
        if not is_identifier(name):
            spec.complain(f"'{name}' cannot name a column", "key", expected=IDENTIFIER_RULE)
    uses = [
        (source, use)
        for source in draft.sources.values()
        for use in source.keys
        if use.hub == spec.name
    ]
    fitting = [pair for pair in uses if _counts(spec, names, *pair)]
    key = _key_columns(spec, names, fitting)
    extra = _extra_columns(spec, draft, [source.name for source, use in fitting if use.feeds])
    hash_key = spec.get("hash_key") or draft.project.naming.hash_key_prefix + "_".join(names)
    feeds = tuple(
        HubFeed(
            source=source.name,
            role=use.role,
            columns=use.columns,
            hash_key=f"{hash_key}_{use.role}" if use.role else hash_key,
            extra=tuple(_extra_of(source, use, sources) for _, sources in extra),
        )
        for source, use in fitting
    )
    feeding = {use for _, use in fitting if use.feeds}
    if key is None:
        return
    if not feeding:
        what = f"no source feeds the hub '{spec.name}'"
        spec.complain(what, expected=f"keys: {{{spec.name}: column}} in a source")
    draft.hubs[spec.name] = Hub(
        name=spec.name,
        location=spec.location,
        key=key,
        hash_key=hash_key,
        extra=tuple(column for column, _ in extra),
        feeds=tuple(feed for feed, (_, use) in zip(feeds, fitting, strict=True) if use in feeding),
        uses=feeds,
        tags=tuple(spec.get("tags", [])),
    )


def _counts(spec: Spec, names: list[str], source: Source, use: KeyUse) -> bool:
    if len(use.columns) == len(names):
        return True
    what = f"the key of '{spec.name}' has {len(names)} columns, {source.name} gives "
    spec.complain_at(use.location, f"{what}{len(use.columns)}", expected=", ".join(names))
    return False


def _key_columns(
    spec: Spec, names: list[str], uses: list[tuple[Source, KeyUse]]
) -> tuple[Column, ...] | None:
    declared = spec.data["key"] if isinstance(spec.data["key"], dict) else {}
    columns = []
    for position, name in enumerate(names):
        if name in declared:
            kind = _declared(spec, name, declared[name])
            for source, use in uses:
                _must_fit(spec, name, kind, source, use, position)
        else:
            kind = _agreed(spec, name, uses, position)
        if kind is not None and kind.name == "double":
            spec.complain(f"'{name}' is floating point", "key", expected="an exact type in a key")
        columns.append(Column(name, kind or SqlType("integer")))
    return tuple(columns) if uses or declared else None


def _declared(spec: Spec, name: str, text: str) -> SqlType | None:
    try:
        return parse_type(text)
    except ValueError as error:
        spec.complain(str(error), "key", name, expected="integer, varchar(20), ...")
        return None


def _must_fit(
    spec: Spec, name: str, kind: SqlType | None, source: Source, use: KeyUse, position: int
) -> None:
    found = column_type(source, use.columns[position])
    if kind is None or found is None or found[0].fits_into(kind):
        return
    what = f"{source.name}.{use.columns[position]} is {found[0]} and would lose something"
    spec.complain_at(use.location, what, expected=f"what fits into {name} {kind}")


def _agreed(
    spec: Spec, name: str, uses: list[tuple[Source, KeyUse]], position: int
) -> SqlType | None:
    agreed: SqlType | None = None
    first = ""
    for source, use in uses:
        column = use.columns[position]
        found = column_type(source, column)
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
    for name, entry in spec.get("columns", {}).items():
        place = ("columns", name)
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *place, key=True, expected=IDENTIFIER_RULE)
        kind: SqlType | None = None
        taken: dict[str, str] = {}
        for text in as_list(entry):
            source_name, _, column = text.partition(".")
            if not column:
                spec.complain(f"'{text}' names no source", *place, expected="source.column")
            elif source_name not in feeding:
                spec.unknown(
                    f"source of '{spec.name}'", source_name, dict.fromkeys(feeding), *place
                )
            elif (found := column_type(draft.sources[source_name], column)) is None:
                known = [item.name for item in draft.sources[source_name].columns]
                spec.unknown(f"column of {source_name}", column, known, *place)
            elif kind is not None and kind.widened(found[0]) is None:
                spec.complain(f"'{text}' is {found[0]}, not {kind}", *place, expected="one type")
            else:
                kind = found[0] if kind is None else kind.widened(found[0])
                taken[source_name] = column
        if kind is not None:
            result.append((Column(name, kind), taken))
    return result


def _extra_of(source: Source, use: KeyUse, taken: dict[str, str]) -> str | None:
    # An extra column describes the record's own key, not the keys that it refers to in a role.
    plain = any(other.hub == use.hub and not other.role for other in source.keys)
    return None if use.role and plain else taken.get(source.name)


def columns(hub: Hub, model: Model) -> tuple[Column, ...]:
    """Return the columns of a hub's table."""
    naming = model.project.naming
    return (
        Column(hub.hash_key, HASH, nullable=False),
        *hub.key,
        *hub.extra,
        Column(naming.load_dt, SqlType("timestamp"), nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


@dataclass(frozen=True)
class FeedRows:
    """What the load reads from one feed; ``extra`` has None where the feed knows nothing."""

    source: str
    hash_key: str
    key: tuple[Component, ...]
    extra: tuple[str | None, ...]


def feed_rows(hub: Hub, model: Model) -> tuple[FeedRows, ...]:
    """Return the hub's feeds, those that know most about the key first (L1)."""
    rows = [
        FeedRows(
            feed.source,
            feed.hash_key,
            key_components(model.sources[feed.source], hub, feed.columns),
            feed.extra,
        )
        for feed in hub.feeds
    ]
    return tuple(sorted(rows, key=lambda feed: feed.extra.count(None)))


def _tables(model: Model) -> Iterable[Table]:
    for hub in model.hubs.values():
        yield Table("vault", hub.name, columns(hub, model), hub.location)


def _steps(model: Model) -> Iterable[Step]:
    for hub in model.hubs.values():
        yield Step(
            id=f"create:{hub.name}",
            kind=KIND.name,
            entity=hub.name,
            phase="create",
            path=f"ddl/{hub.name}.sql",
            location=hub.location,
            statements=(
                Statement(
                    "create",
                    "hub/create.sql.j2",
                    {"hub": hub, "columns": columns(hub, model)},
                ),
            ),
            table=hub.name,
            tags=hub.tags,
        )
        yield Step(
            id=f"load:{hub.name}",
            kind=KIND.name,
            entity=hub.name,
            phase="load",
            path=f"hubs/{hub.name}.sql",
            location=hub.location,
            statements=(
                Statement(
                    "load",
                    "hub/load.sql.j2",
                    {"hub": hub, "columns": columns(hub, model), "feeds": feed_rows(hub, model)},
                ),
            ),
            table=hub.name,
            sources=tuple(dict.fromkeys(feed.source for feed in hub.feeds)),
            tags=hub.tags,
        )


KIND = Kind(
    name="hub",
    section="hubs",
    order=20,
    description="one row per business key",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
)
