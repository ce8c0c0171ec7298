"""Links: one row per combination of hub keys (and dependent child keys)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import link_payload
from dv_gen.kinds.base import (
    NAMES,
    TAGS,
    TEXT,
    Checks,
    Draft,
    Kind,
    Step,
    Table,
    as_list,
    kept,
)
from dv_gen.kinds.ghosts import need_ghosts
from dv_gen.kinds.link_checks import link_checks
from dv_gen.kinds.natural import joined_type
from dv_gen.kinds.referring import check_hash_key, find_column, find_key, find_source
from dv_gen.kinds.repeats import repeats_of
from dv_gen.kinds.steps import entity_step, rendered
from dv_gen.kinds.stored_hashes import same_link_hashes
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.entities import Column, HubRef, Link, LinkFeed, Model
from dv_gen.model.types import SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import Source

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "hubs"],
    "properties": {
        "source": {**NAMES, "description": "the source that holds the relationship, or several"},
        "hubs": {
            "type": "array",
            "items": {
                "description": "hub or hub.role, or {column: hub} to name its column",
                "type": ["string", "object"],
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": TEXT,
            },
            "minItems": 1,
            "description": "hub or hub.role, in the order of the hash key's components",
        },
        "optional": {**NAMES, "description": "those of the hubs that may be missing: zero key"},
        "child_keys": {**NAMES, "description": "dependent child keys: columns of the source"},
        **link_payload.SCHEMA,
        "hash_key": TEXT,
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    refs = _refs(spec, draft)
    sources = _sources(spec, draft)
    if refs is None or not sources:
        return
    check_hash_key(spec)
    for source in sources:
        for position, ref in enumerate(refs):
            label = f"{ref.hub}.{ref.role}" if ref.role else ref.hub
            find_key(spec, draft, source, label, "hubs", position)
    entry = spec.get("child_keys")
    children = as_list(entry)
    payload, order_by = link_payload.read_payload(spec, draft, sources)
    child_keys = tuple(
        column
        for at, name in enumerate(children)
        if (column := _child(spec, draft, name, sources, "child_keys", *_at(entry, at)))
    )
    parts = [column for ref in refs for column in draft.hubs[ref.hub].key]
    link = Link(
        name=spec.name,
        location=spec.location,
        hash_key=spec.get("hash_key") or draft.project.naming.hash_key_prefix + spec.name,
        hubs=tuple(refs),
        child_keys=child_keys,
        key_type=joined_type([*parts, *child_keys], draft.project),
        columns=payload,
        order_by=order_by,
        feeds=tuple(
            LinkFeed(
                source=source.name,
                hash_keys=tuple(
                    _stage_key(draft.hubs[ref.hub].stage_key, ref.role) for ref in refs
                ),
                child_keys=tuple(children),
            )
            for source in sources
        ),
        tags=tuple(spec.get("tags", [])),
    )
    draft.links[spec.name] = link


def _at(entry: object, position: int) -> tuple[int, ...]:
    return (position,) if isinstance(entry, list) else ()


def _stage_key(hash_key: str, role: str) -> str:
    return f"{hash_key}_{role}" if role else hash_key


def _refs(spec: Spec, draft: Draft) -> list[HubRef] | None:
    named = [_named(item) for item in spec.data["hubs"]]
    labels = [label for label, _ in named]
    hubs = [label.partition(".")[0] for label in labels]
    refs = []
    for position, label in enumerate(labels):
        hub, _, role = label.partition(".")
        if hub not in draft.hubs:
            if hub not in draft.specs["hubs"]:
                spec.unknown("hub", hub, draft.known("hubs"), "hubs", position)
            continue
        if label in labels[:position]:
            expected = f"a role for one of them: {hub}.role"
            spec.complain(f"'{label}' stands here twice", "hubs", position, expected=expected)
            continue
        hash_key = draft.hubs[hub].hash_key
        column = _stage_key(hash_key, role) if hubs.count(hub) > 1 else hash_key
        given = named[position][1]
        if given and not is_identifier(given):
            what = f"'{given}' cannot name a column"
            spec.complain(what, "hubs", position, given, key=True, expected=IDENTIFIER_RULE)
        refs.append(HubRef(hub, role, given or column))
    if len(refs) < len(labels):
        return None
    optional = _optional(spec, draft, labels)
    return [
        replace(ref, optional=label in optional) for ref, label in zip(refs, labels, strict=True)
    ]


def _optional(spec: Spec, draft: Draft, labels: list[str]) -> set[str]:
    """Return the hubs that a row may lack; their zero key has to be a row of the hub."""
    entry = spec.get("optional")
    found = as_list(entry)
    for position, label in enumerate(found):
        place = _at(entry, position)
        if label in labels:
            need_ghosts(spec, draft, label.partition(".")[0], "optional", *place)
        else:
            spec.unknown("hub of the link", label, labels, "optional", *place)
    return set(found)


def _named(item: Any) -> tuple[str, str]:  # noqa: ANN401 - a hub, or {column: hub}
    if isinstance(item, dict):
        column, label = next(iter(item.items()))
        return label, column
    return item, ""


def _sources(spec: Spec, draft: Draft) -> list[Source]:
    entry = spec.data["source"]
    found = [
        find_source(spec, draft, name, "source", *_at(entry, at))
        for at, name in enumerate(as_list(entry))
    ]
    return [source for source in found if source is not None]


def _child(
    spec: Spec, draft: Draft, name: str, sources: list[Source], *path: str | int
) -> Column | None:
    agreed: SqlType | None = None
    first = ""
    for source in sources:
        found = find_column(spec, draft, source, name, *path)
        if found is None:
            return None
        kind = found[0]
        if kind.name == "double":
            what = f"{source.name}.{name} is floating point, which has no exact text to hash"
            spec.complain(what, *path, expected="an exact type: decimal(10,2), integer, ...")
            return None
        wider = kind if agreed is None else agreed.widened(kind)
        if wider is None:
            what = f"{source.name}.{name} is {kind}, but {first}.{name} is {agreed}"
            spec.complain(what, *path, expected="one type")
            return None
        agreed = wider
        first = first or source.name
    return Column(name, agreed) if agreed else None


@kept
def columns(link: Link, model: Model) -> tuple[Column, ...]:
    """Return the columns of a link's table."""
    naming = model.project.naming
    return (
        Column(link.hash_key, link.key_type, nullable=False),
        *(Column(ref.column, model.hubs[ref.hub].key_type, nullable=False) for ref in link.hubs),
        *link.child_keys,
        *(Column(column.name, column.type) for column in link.columns),
        Column(naming.load_dt, SqlType("timestamp"), nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


def _tables(model: Model) -> Iterable[Table]:
    for link in model.links.values():
        built_from = {
            "kind": KIND.name,
            "hubs": [f"{ref.hub}.{ref.role}" if ref.role else ref.hub for ref in link.hubs],
            "child_keys": [column.name for column in link.child_keys],
        }
        yield Table(
            "vault",
            link.name,
            columns(link, model),
            link.location,
            dated_by=model.project.naming.load_dt,
            built_from=built_from,
        )


def _steps(model: Model) -> Iterable[Step]:
    for link in model.links.values():
        hubs = [(ref.hub, ref.role) for ref in link.hubs]
        context = {
            "link": link,
            "columns": columns(link, model),
            "repeats": repeats_of(model.sources[link.feeds[0].source], model, hubs, joined=True),
        }
        for phase in ("create", "load"):
            statements = rendered(KIND.name, (phase,), context)
            if phase == "create":
                statements += same_link_hashes(link, model)
            yield entity_step(
                link,
                KIND.name,
                phase,
                statements,
                needs=[ref.hub for ref in link.hubs],
                sources=[feed.source for feed in link.feeds],
            )


def _checks(model: Model) -> Iterable[Checks]:
    return (link_checks(link, model) for link in model.links.values())


KIND = Kind(
    name="link",
    section="links",
    order=30,
    description="relationships between hubs",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    checks=_checks,
)
