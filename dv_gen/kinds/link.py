"""Links: one row per combination of hub keys (and dependent child keys)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dv_gen.kinds.base import NAMES, TAGS, TEXT, Draft, Kind, Statement, Step, Table, as_list
from dv_gen.kinds.source import column_type
from dv_gen.model.entities import Column, HubRef, Link, LinkFeed, Model
from dv_gen.model.types import HASH, SqlType

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
            "items": TEXT,
            "minItems": 1,
            "description": "hub or hub.role, in the order of the hash key's components",
        },
        "child_keys": {**NAMES, "description": "dependent child keys: columns of the source"},
        "hash_key": TEXT,
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    refs = _refs(spec, draft)
    sources = _sources(spec, draft)
    if refs is None or not sources:
        return
    for source in sources:
        _check_keys(spec, source, refs)
    children = as_list(spec.get("child_keys"))
    link = Link(
        name=spec.name,
        location=spec.location,
        hash_key=spec.get("hash_key") or draft.project.naming.hash_key_prefix + spec.name,
        hubs=tuple(refs),
        child_keys=tuple(
            column for name in children if (column := _child(spec, name, sources)) is not None
        ),
        feeds=tuple(
            LinkFeed(
                source=source.name,
                hash_keys=tuple(_stage_key(draft.hubs[ref.hub].hash_key, ref.role) for ref in refs),
                child_keys=tuple(children),
            )
            for source in sources
        ),
        tags=tuple(spec.get("tags", [])),
    )
    draft.links[spec.name] = link


def _stage_key(hash_key: str, role: str) -> str:
    return f"{hash_key}_{role}" if role else hash_key


def _refs(spec: Spec, draft: Draft) -> list[HubRef] | None:
    labels: list[str] = spec.data["hubs"]
    hubs = [label.partition(".")[0] for label in labels]
    refs = []
    for position, label in enumerate(labels):
        hub, _, role = label.partition(".")
        if hub not in draft.hubs:
            if hub not in draft.known("hubs"):
                spec.unknown("hub", hub, draft.known("hubs"), "hubs", position)
            continue
        if label in labels[:position]:
            expected = f"a role for one of them: {hub}.role"
            spec.complain(f"'{label}' stands here twice", "hubs", position, expected=expected)
            continue
        hash_key = draft.hubs[hub].hash_key
        column = _stage_key(hash_key, role) if hubs.count(hub) > 1 else hash_key
        refs.append(HubRef(hub, role, column))
    return refs if len(refs) == len(labels) else None


def _sources(spec: Spec, draft: Draft) -> list[Source]:
    result = []
    for name in as_list(spec.data["source"]):
        if name in draft.sources:
            result.append(draft.sources[name])
        elif name not in draft.known("sources"):
            spec.unknown("source", name, draft.known("sources"), "source")
    return result


def _check_keys(spec: Spec, source: Source, refs: list[HubRef]) -> None:
    for position, ref in enumerate(refs):
        use = source.key_use(ref.hub, ref.role)
        label = f"{ref.hub}.{ref.role}" if ref.role else ref.hub
        if use is None:
            known = [item.label for item in source.keys]
            spec.unknown(f"key of {source.name}", label, known, "hubs", position)
        elif not use.feeds:
            what = f"{source.name} does not feed '{label}', so rows could be orphans"
            spec.complain(what, "hubs", position, expected=f"no 'feeds: false' in {source.name}")


def _child(spec: Spec, name: str, sources: list[Source]) -> Column | None:
    agreed: SqlType | None = None
    for source in sources:
        found = column_type(source, name)
        if found is None:
            known = [column.name for column in source.columns]
            spec.unknown(f"column of {source.name}", name, known, "child_keys")
            return None
        agreed = found[0] if agreed is None else agreed.widened(found[0])
        if agreed is None:
            what = f"the sources disagree about the type of '{name}'"
            spec.complain(what, "child_keys", expected="one type")
            return None
    if agreed is not None and agreed.name == "double":
        spec.complain(f"'{name}' is floating point", "child_keys", expected="an exact type")
    return Column(name, agreed) if agreed else None


def columns(link: Link, model: Model) -> tuple[Column, ...]:
    """Return the columns of a link's table."""
    naming = model.project.naming
    return (
        Column(link.hash_key, HASH, nullable=False),
        *(Column(ref.column, HASH, nullable=False) for ref in link.hubs),
        *link.child_keys,
        Column(naming.load_dt, SqlType("timestamp"), nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


def _tables(model: Model) -> Iterable[Table]:
    for link in model.links.values():
        yield Table("vault", link.name, columns(link, model), link.location)


def _steps(model: Model) -> Iterable[Step]:
    for link in model.links.values():
        context = {"link": link, "columns": columns(link, model)}
        yield Step(
            id=f"create:{link.name}",
            kind=KIND.name,
            entity=link.name,
            phase="create",
            path=f"ddl/{link.name}.sql",
            location=link.location,
            statements=(Statement("create", "link/create.sql.j2", context),),
            table=link.name,
            tags=link.tags,
        )
        yield Step(
            id=f"load:{link.name}",
            kind=KIND.name,
            entity=link.name,
            phase="load",
            path=f"links/{link.name}.sql",
            location=link.location,
            statements=(Statement("load", "link/load.sql.j2", context),),
            table=link.name,
            needs=tuple(dict.fromkeys(ref.hub for ref in link.hubs)),
            sources=tuple(feed.source for feed in link.feeds),
            tags=link.tags,
        )


KIND = Kind(
    name="link",
    section="links",
    order=30,
    description="relationships between hubs",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
)
