"""Satellites: what is known about a hub's or a link's key, as it changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dv_gen.kinds import ghosts
from dv_gen.kinds.base import NAMES, TAGS, TEXT, Draft, Kind, Statement, Step, Table, as_list
from dv_gen.kinds.referring import find_column, find_key, find_source
from dv_gen.kinds.repeats import repeats_of
from dv_gen.kinds.source import column_type
from dv_gen.kinds.stage import delivered, hashdiff, or_zero_key, zero_key_name
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.entities import Column, Hub, Link, Model, Satellite, SatelliteColumn
from dv_gen.model.types import BOOLEAN, HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dv_gen.kinds.stage import HashColumn
    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import Source

IS_CURRENT = "is_current"
# A path of more steps names a column inside an item of a list.
_IN_LIST = 2
_ALL_EXCEPT = re.compile(r"all\s+except\s+\[([^\]]*)\]")
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["source", "parent", "columns"],
    "properties": {
        "source": {**TEXT, "description": "the source of the rows"},
        "parent": {**TEXT, "description": "hub, hub.role or link"},
        "columns": {
            "type": ["array", "string"],
            "minItems": 1,
            "items": {
                "description": "column, or {name: column}",
                "type": ["string", "object"],
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": TEXT,
            },
            "description": "[column, {name: column}], all, or all except [column, ..]",
        },
        "historized": {"type": "boolean", "description": "false for events: once per key"},
        "order_by": {**NAMES, "description": "orders rows of one key and load date"},
        "duplicates": {"enum": ["last", "first", "stagger", "fail"]},
        "null_keys": {"enum": ["reject", "zero_key", "fail"]},
        "ghosts": ghosts.SCHEMA,
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    source = find_source(spec, draft, spec.data["source"], "source")
    if source is None:
        return
    parent = _parent(spec, draft, source)
    historized = spec.get("historized", True)
    parent_key = parent[1] if parent else ""
    columns = tuple(_columns(spec, draft, source, parent_key))
    entry = spec.get("order_by")
    order_by = as_list(entry)
    for position, column in enumerate(order_by):
        inner = (position,) if isinstance(entry, list) else ()
        find_column(spec, draft, source, column, "order_by", *inner)
    if not historized and "duplicates" in spec.data:
        what = "'duplicates' says nothing about events, which are kept once per key"
        spec.complain(what, "duplicates", key=True, expected="historized: true")
    if parent is None:
        return
    name, parent_key, stage_key, nullable = parent
    if spec.get("null_keys") == "zero_key":
        _check_zero_key(spec, draft, name, historized=historized)
        stage_key, nullable = zero_key_name(stage_key), False
    draft.satellites[spec.name] = Satellite(
        name=spec.name,
        location=spec.location,
        source=source.name,
        parent=name,
        role=spec.data["parent"].partition(".")[2],
        parent_key=parent_key,
        stage_key=stage_key,
        key_nullable=nullable,
        columns=columns,
        historized=historized,
        hashdiff=f"{draft.project.naming.hashdiff}_{spec.name}" if historized else "",
        order_by=tuple(order_by),
        duplicates=spec.get("duplicates", "last"),
        null_keys=spec.get("null_keys", "reject"),
        ghosts=ghosts.wanted(spec, draft),
        tags=tuple(spec.get("tags", [])),
    )


def _check_zero_key(spec: Spec, draft: Draft, parent: str, *, historized: bool) -> None:
    if parent in draft.links:
        what = f"'{parent}' is a link, which has no zero key"
        spec.complain(what, "null_keys", expected=f"optional: [hub] in {parent}, or reject")
    elif not historized:
        what = "events are kept once per key, so of all rows without a key one would stay"
        spec.complain(what, "null_keys", expected="historized: true, or null_keys: reject")
    else:
        ghosts.need_ghosts(spec, draft, parent, "null_keys")


def _parent(spec: Spec, draft: Draft, source: Source) -> tuple[str, str, str, bool] | None:
    label = spec.data["parent"]
    name, _, role = label.partition(".")
    if name in draft.hubs:
        hub = draft.hubs[name]
        use = find_key(spec, draft, source, label, "parent")
        if use is None:
            return None
        return name, hub.hash_key, _stage_key(hub, role), key_is_nullable(source, use.columns)
    if label in draft.links:
        link = draft.links[label]
        if source.name not in [feed.source for feed in link.feeds]:
            what = f"the link '{label}' is not loaded from {source.name}"
            feeding = ", ".join(feed.source for feed in link.feeds)
            spec.complain(what, "source", expected=feeding)
            return None
        return label, link.hash_key, link.hash_key, link_key_is_nullable(source, link)
    if name not in draft.specs["hubs"] and label not in draft.specs["links"]:
        known_names = [*draft.known("hubs"), *draft.known("links")]
        spec.unknown("hub or link", label, known_names, "parent")
    return None


def _stage_key(hub: Hub, role: str) -> str:
    return f"{hub.hash_key}_{role}" if role else hub.hash_key


def link_key_is_nullable(source: Source, link: Link) -> bool:
    """Tell whether a row may make no link: it lacks a hub that the link needs, or all hubs (L2)."""
    uses = [(source.key_use(ref.hub, ref.role), ref.optional) for ref in link.hubs]
    lacking = [
        (use is not None and key_is_nullable(source, use.columns), optional)
        for use, optional in uses
    ]
    needed = [may_lack for may_lack, optional in lacking if not optional]
    return any(needed) if needed else all(may_lack for may_lack, _ in lacking)


def key_is_nullable(source: Source, names: tuple[str, ...]) -> bool:
    """Tell whether a row may have no key: every component NULL or blank (H4)."""
    kinds = [column_type(source, name) for name in names]
    return all(kind is None or kind[1] or kind[0].is_text for kind in kinds)


def _columns(
    spec: Spec, draft: Draft, source: Source, parent_key: str
) -> Iterator[SatelliteColumn]:
    naming = draft.project.naming
    historized = spec.get("historized", True)
    own = {parent_key, naming.load_dt, naming.load_src}
    own |= {naming.hashdiff, end_column(naming.load_dt), IS_CURRENT} if historized else set()
    taken = {name.casefold() for name in own}
    seen: set[str] = set()
    pairs = list(_pairs(spec, draft, source))
    for path, name, column in pairs:
        found = find_column(spec, draft, source, column, *path)
        key = isinstance(path[-1], str) and path[-1] == name and len(path) > _IN_LIST
        if not is_identifier(name):
            what = f"'{name}' cannot name a column"
            spec.complain(what, *path, key=key, expected=IDENTIFIER_RULE)
        if name.casefold() in taken:
            what = f"every satellite has a column '{name.casefold()}' of its own"
            spec.complain(what, *path, key=key, expected=f"another name: {{other: {column}}}")
        elif name.casefold() in seen:
            what = f"the column '{name}' stands here twice"
            spec.complain(what, *path, key=key, expected=f"another name: {{other: {column}}}")
        seen.add(name.casefold())
        if found is None:
            continue
        if found[0].name == "double" and historized:
            what = f"'{column}' is floating point, which has no exact text to compare"
            spec.complain(what, *path, expected=f"a decimal in the source {source.name}")
        yield SatelliteColumn(name, column, *found)


def _pairs(
    spec: Spec, draft: Draft, source: Source
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    entry = spec.data["columns"]
    if isinstance(entry, list):
        for position, item in enumerate(entry):
            if isinstance(item, dict):
                name, column = next(iter(item.items()))
                yield ("columns", position, name), name, column
            else:
                yield ("columns", position), item, item
        return
    found = _ALL_EXCEPT.fullmatch(entry.strip())
    names = draft.columns_of(source.name)
    if entry.strip() != "all" and found is None:
        words = entry.split()
        meant = f"[{entry}]" if entry in names else ""
        if words[:2] == ["all", "except"]:
            meant = f"all except [{', '.join(words[2:])}]"
        expected = "" if meant else "a list, all, or all except [column, ..]"
        what = f"'{entry}' chooses no columns"
        spec.complain(what, "columns", expected=expected, meant=meant)
        return
    left_out = [name.strip() for name in found[1].split(",")] if found else []
    for name in left_out:
        find_column(spec, draft, source, name, "columns")
    keys = {name for use in source.keys for name in use.columns}
    rest = [item.name for item in source.given if item.name not in keys]
    chosen = [name for name in rest if name not in left_out]
    if not chosen:
        what = f"'{entry}' chooses no columns: {source.name} has keys only"
        if rest:
            what = f"'{entry}' chooses no columns: nothing is left of {source.name}"
        spec.complain(what, "columns", expected="a column that is none of its keys")
    for name in chosen:
        yield ("columns",), name, name


def columns(satellite: Satellite, model: Model) -> tuple[Column, ...]:
    """Return the columns of a satellite's table."""
    naming = model.project.naming
    hashdiff = (Column(naming.hashdiff, HASH, nullable=False),) if satellite.historized else ()
    return (
        Column(satellite.parent_key, HASH, nullable=False),
        *(Column(column.name, column.type) for column in satellite.columns),
        *hashdiff,
        Column(naming.load_dt, TIMESTAMP, nullable=False),
        Column(naming.load_src, SqlType("varchar", 255), nullable=False),
    )


def end_column(load_dt: str) -> str:
    """Return the name of the moment at which a version ends.

    >>> end_column("load_dt"), end_column("ldts")
    ('load_end_dt', 'ldts_end')
    """
    return f"{load_dt[:-3]}_end_dt" if load_dt.endswith("_dt") else f"{load_dt}_end"


def history_columns(satellite: Satellite, model: Model) -> tuple[Column, ...]:
    """Return the columns of a satellite's history view (L12)."""
    return (
        *columns(satellite, model),
        Column(end_column(model.project.naming.load_dt), TIMESTAMP),
        Column(IS_CURRENT, BOOLEAN, nullable=False),
    )


def _tables(model: Model) -> Iterable[Table]:
    for satellite in model.satellites.values():
        own = columns(satellite, model)
        yield Table("vault", satellite.name, own, satellite.location)
        if satellite.historized:
            history = history_columns(satellite, model)
            place = satellite.location
            for suffix, shown in (("history", history), ("current", own)):
                name = f"{satellite.name}_{suffix}"
                yield Table("vault", name, shown, place, entity=satellite.name, is_view=True)


def _steps(model: Model) -> Iterable[Step]:
    for satellite in model.satellites.values():
        context = {
            "satellite": satellite,
            "columns": columns(satellite, model),
            "repeats": repeats_of(
                model.sources[satellite.source],
                model,
                _parent_hubs(satellite, model),
                joined=satellite.parent in model.links,
            ),
            "delivered": delivered(model.sources[satellite.source]),
            "key_columns": [satellite.parent_key, model.project.naming.load_dt],
        }
        yield _step(satellite, "create", tuple(_create(satellite, context)))
        yield _step(satellite, "load", tuple(_load(satellite, context)))
        if satellite.historized:
            history = {**context, "end_column": history_columns(satellite, model)[-2].name}
            views = tuple(
                Statement(name, f"{KIND.name}/{name}.sql.j2", history)
                for name in ("history", "current")
            )
            yield _step(satellite, "publish", views)


def _create(satellite: Satellite, context: dict[str, Any]) -> Iterable[Statement]:
    yield Statement("create", f"{KIND.name}/create.sql.j2", context)
    if satellite.ghosts:
        key, columns = satellite.parent_key, context["columns"]
        yield ghosts.ghost_statement(satellite.name, columns, key, by_moment=True)


def _parent_hubs(satellite: Satellite, model: Model) -> list[tuple[str, str]]:
    if satellite.parent in model.links:
        return [(ref.hub, ref.role) for ref in model.links[satellite.parent].hubs]
    return [(satellite.parent, satellite.role)]


def _load(satellite: Satellite, context: dict[str, Any]) -> Iterable[Statement]:
    folder = KIND.name if satellite.historized else f"{KIND.name}/events"
    # Rejects are told from the stored rows as they were before the load, so they come first.
    if satellite.key_nullable or satellite.historized:
        yield Statement("rejects", f"{folder}/rejects.sql.j2", context)
    yield Statement("load", f"{folder}/load.sql.j2", context)


def _step(satellite: Satellite, phase: str, statements: tuple[Statement, ...]) -> Step:
    loads = phase == "load"
    return Step(
        id=f"{phase}:{satellite.name}",
        kind=KIND.name if phase != "publish" else "view",
        entity=satellite.name,
        phase=phase,
        path=f"satellites/{satellite.name}.sql",
        location=satellite.location,
        statements=statements,
        table=satellite.name,
        needs=(satellite.parent,) if loads else (),
        sources=(satellite.source,) if loads else (),
        tags=satellite.tags,
        options={"duplicates": satellite.duplicates, "null_keys": satellite.null_keys}
        if loads
        else {},
    )


def _stage_hashes(model: Model) -> Iterable[tuple[str, HashColumn]]:
    for satellite in model.satellites.values():
        if satellite.null_keys == "zero_key":
            source, hub = model.sources[satellite.source], model.hubs[satellite.parent]
            yield source.name, or_zero_key(source, hub, satellite.role)
        if satellite.historized:
            yield satellite.source, hashdiff(satellite.hashdiff, satellite.columns, model)


KIND = Kind(
    name="satellite",
    section="satellites",
    order=40,
    description="descriptive columns of a hub or a link and their history",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
    stage_hashes=_stage_hashes,
)
