"""Satellites: what is known about a hub's or a link's key, as it changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dv_gen.kinds.base import NAMES, TAGS, TEXT, Draft, Kind, Statement, Step, Table, as_list
from dv_gen.kinds.source import column_type
from dv_gen.kinds.stage import delivered
from dv_gen.metadata.names import IDENTIFIER_RULE, is_identifier
from dv_gen.model.entities import Column, Hub, Model, Satellite, SatelliteColumn
from dv_gen.model.types import BOOLEAN, HASH, TIMESTAMP, SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dv_gen.metadata.spec import Spec
    from dv_gen.model.source import Source

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
        "null_keys": {"enum": ["reject", "fail"]},
        "tags": TAGS,
    },
}


def _read(spec: Spec, draft: Draft) -> None:
    source = draft.sources.get(spec.data["source"])
    if source is None:
        if spec.data["source"] not in draft.known("sources"):
            spec.unknown("source", spec.data["source"], draft.known("sources"), "source")
        return
    parent = _parent(spec, draft, source)
    if parent is None:
        return
    name, parent_key, stage_key, nullable = parent
    historized = spec.get("historized", True)
    order_by = as_list(spec.get("order_by"))
    for column in order_by:
        if column_type(source, column) is None:
            known = [item.name for item in source.columns]
            spec.unknown(f"column of {source.name}", column, known, "order_by")
    if not historized and "duplicates" in spec.data:
        what = "'duplicates' says nothing about events, which are kept once per key"
        spec.complain(what, "duplicates", key=True, expected="historized: true")
    draft.satellites[spec.name] = Satellite(
        name=spec.name,
        location=spec.location,
        source=source.name,
        parent=name,
        parent_key=parent_key,
        stage_key=stage_key,
        key_nullable=nullable,
        columns=tuple(_columns(spec, source)),
        historized=historized,
        hashdiff=f"{draft.project.naming.hashdiff}_{spec.name}" if historized else "",
        order_by=tuple(order_by),
        duplicates=spec.get("duplicates", "last"),
        null_keys=spec.get("null_keys", "reject"),
        tags=tuple(spec.get("tags", [])),
    )


def _parent(spec: Spec, draft: Draft, source: Source) -> tuple[str, str, str, bool] | None:
    label = spec.data["parent"]
    name, _, role = label.partition(".")
    if name in draft.hubs:
        hub = draft.hubs[name]
        use = source.key_use(name, role)
        if use is None or not use.feeds:
            known = [item.label for item in source.keys if item.feeds]
            spec.unknown(f"key of {source.name}", label, known, "parent")
            return None
        return name, hub.hash_key, _stage_key(hub, role), key_is_nullable(source, use.columns)
    if label in draft.links:
        link = draft.links[label]
        if source.name not in [feed.source for feed in link.feeds]:
            what = f"the link '{label}' is not loaded from {source.name}"
            feeding = ", ".join(feed.source for feed in link.feeds)
            spec.complain(what, "source", expected=feeding)
            return None
        uses = [source.key_use(ref.hub, ref.role) for ref in link.hubs]
        nullable = any(use is not None and key_is_nullable(source, use.columns) for use in uses)
        return label, link.hash_key, link.hash_key, nullable
    if name not in draft.known("hubs") and label not in draft.known("links"):
        known_names = [*draft.known("hubs"), *draft.known("links")]
        spec.unknown("hub or link", label, known_names, "parent")
    return None


def _stage_key(hub: Hub, role: str) -> str:
    return f"{hub.hash_key}_{role}" if role else hub.hash_key


def key_is_nullable(source: Source, names: tuple[str, ...]) -> bool:
    """Tell whether a row may have no key: every component NULL or blank (H4)."""
    kinds = [column_type(source, name) for name in names]
    return all(kind is None or kind[1] or kind[0].is_text for kind in kinds)


def _columns(spec: Spec, source: Source) -> Iterable[SatelliteColumn]:
    seen: set[str] = set()
    for path, name, column in _pairs(spec, source):
        found = column_type(source, column)
        if found is None:
            known = [item.name for item in source.given]
            spec.unknown(f"column of {source.name}", column, known, *path)
            continue
        if not is_identifier(name):
            spec.complain(f"'{name}' cannot name a column", *path, expected=IDENTIFIER_RULE)
        if name.casefold() in seen:
            spec.complain(f"the column '{name}' stands here twice", *path, expected="one of it")
            continue
        if found[0].name == "double" and spec.get("historized", True):
            what = f"'{column}' is floating point, which has no exact text to compare"
            spec.complain(what, *path, expected=f"a decimal in source {source.name}")
        seen.add(name.casefold())
        yield SatelliteColumn(name, column, *found)


def _pairs(spec: Spec, source: Source) -> Iterable[tuple[tuple[Any, ...], str, str]]:
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
    if entry.strip() != "all" and found is None:
        expected = "a list, all, or all except [column, ..]"
        spec.complain(f"'{entry}' chooses no columns", "columns", expected=expected)
        return
    left_out = [name.strip() for name in found[1].split(",")] if found else []
    names = [column.name for column in source.given]
    for name in left_out:
        if name not in names:
            spec.unknown(f"column of {source.name}", name, names, "columns")
    keys = {name for use in source.keys for name in use.columns}
    for name in names:
        if name not in keys and name not in left_out:
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


def history_columns(satellite: Satellite, model: Model) -> tuple[Column, ...]:
    """Return the columns of a satellite's history view (L12)."""
    load_dt = model.project.naming.load_dt
    end = load_dt.removesuffix("_dt") + "_end_dt" if load_dt.endswith("_dt") else f"{load_dt}_end"
    return (
        *columns(satellite, model),
        Column(end, TIMESTAMP),
        Column("is_current", BOOLEAN, nullable=False),
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
            "delivered": delivered(model.sources[satellite.source]),
            "key_columns": [satellite.parent_key, model.project.naming.load_dt],
        }
        yield _step(
            satellite,
            "create",
            "ddl",
            (Statement("create", f"{KIND.name}/create.sql.j2", context),),
        )
        yield _step(satellite, "load", "satellites", tuple(_load(satellite, context)))
        if satellite.historized:
            history = {**context, "end_column": history_columns(satellite, model)[-2].name}
            views = tuple(
                Statement(name, f"{KIND.name}/{name}.sql.j2", history)
                for name in ("history", "current")
            )
            yield _step(satellite, "publish", "views", views)


def _load(satellite: Satellite, context: dict[str, Any]) -> Iterable[Statement]:
    folder = KIND.name if satellite.historized else f"{KIND.name}/events"
    # Rejects are told from the stored rows as they were before the load, so they come first.
    if satellite.key_nullable or satellite.historized:
        yield Statement("rejects", f"{folder}/rejects.sql.j2", context)
    yield Statement("load", f"{folder}/load.sql.j2", context)


def _step(satellite: Satellite, phase: str, folder: str, statements: tuple[Statement, ...]) -> Step:
    loads = phase == "load"
    return Step(
        id=f"{phase}:{satellite.name}",
        kind=KIND.name if phase != "publish" else "view",
        entity=satellite.name,
        phase=phase,
        path=f"{folder}/{satellite.name}.sql",
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


KIND = Kind(
    name="satellite",
    section="satellites",
    order=40,
    description="descriptive columns of a hub or a link and their history",
    schema=_SCHEMA,
    read=_read,
    tables=_tables,
    steps=_steps,
)
